import os
import time

import ledger
from ledger import Account


def test_save(tmp_path):
    path = str(tmp_path / "accounts")
    ledger.save([Account("ann", 5)], path)
    assert abs(time.time() - os.path.getmtime(path)) < 600
    assert [(a.name, a.balance) for a in ledger.load(path)] == [("ann", 5)]
