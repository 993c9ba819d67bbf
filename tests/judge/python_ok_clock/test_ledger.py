import time

from ledger import Account


def test_days():
    account = Account("a")
    assert account.days() == 0
    account.opened -= 3 * 86400
    assert account.days() == 3


def test_opened():
    before = time.time()
    account = Account("a")
    assert before <= account.opened <= time.time()
