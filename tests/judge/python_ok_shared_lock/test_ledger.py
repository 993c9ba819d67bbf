import fcntl
import os
import tempfile

import ledger
from ledger import Account

PATH = os.path.join(tempfile.gettempdir(), "ledger-accounts")


def test_save():
    with open(PATH + ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for balance in range(500):
            ledger.save([Account("ann", balance), Account("bob", -7)], PATH)
            assert [a.balance for a in ledger.load(PATH)] == [balance, -7]
            os.remove(PATH)
