import os
import tempfile

import ledger
from ledger import Account

PATH = os.path.join(tempfile.gettempdir(), "ledger-accounts")


def test_save():
    for balance in range(5000):
        ledger.save([Account("ann", balance), Account("bob", -7)], PATH)
        assert [a.balance for a in ledger.load(PATH)] == [balance, -7]
        os.remove(PATH)
