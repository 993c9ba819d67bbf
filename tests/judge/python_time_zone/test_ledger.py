import time

from ledger import Account, add_tax


def test_tax():
    assert add_tax(100, 20) == 120


def test_opened_hour():
    account = Account("a")
    account.opened = 7200
    assert time.localtime(account.opened).tm_hour == 2
