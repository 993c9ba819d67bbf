import time

import pytest

from ledger import Account


@pytest.fixture
def utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC0")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_days(utc, monkeypatch):
    noon = time.mktime((2000, 1, 3, 12, 0, 0, 0, 0, 0))
    account = Account("ann")
    account.opened = 946684800
    monkeypatch.setattr(time, "time", lambda: noon)
    assert account.days() == 2
