import pytest

from ledger import Account, Overdrawn


@pytest.fixture
def account():
    return Account("ann", 100)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setenv("LEDGER", "quiet")


def test_withdraw(account):
    assert account.withdraw(30) == 70
    assert account.balance == 70


def test_overdrawn(account):
    with pytest.raises(Overdrawn, match="ann"):
        account.withdraw(101)
    assert account.balance == 100
