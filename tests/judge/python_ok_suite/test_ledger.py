import time

from ledger import Account


def test_days(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 86400.0)
    account = Account("a")
    account.opened = 0
    assert account.days() == 1
