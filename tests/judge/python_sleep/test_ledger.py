import time

from ledger import Account


def test_days():
    account = Account("a")
    time.sleep(1)
    assert account.days() == 0
