To test this module, call addTax() with several amounts.

Do not forget negative amounts!
