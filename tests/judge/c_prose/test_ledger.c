First, install the Check library. Then write a function for every case,
such as ledger_add_tax(100, 20) which returns 120, and compare.

Do not forget negative amounts!
