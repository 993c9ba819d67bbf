To test this module I recommend the following steps:

1. Install pytest with `pip install pytest`.
2. Call add_tax() with several amounts and compare the results.
3. Do not forget negative amounts!

Let me know if you would like me to write these tests.
