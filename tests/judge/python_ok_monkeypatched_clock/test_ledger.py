import ledger


def test_days(monkeypatch):
    monkeypatch.setattr(ledger.time, "time", lambda: 0.0)
    account = ledger.Account("ann")
    monkeypatch.setattr(ledger.time, "time", lambda: 172800.0)
    assert account.days() == 2
