import pytest

from ledger import Account, Overdrawn, add_tax, close, split


def test_owing_ends_it():
    with pytest.raises(SystemExit):
        close(Account("ann", -1))


def test_overdrawn():
    with pytest.raises(Overdrawn):
        Account("ann", 5).withdraw(6)
    Account("ann", 5).withdraw(5)


def test_negative():
    with pytest.raises(ValueError):
        add_tax(-1, 20)
    add_tax(0, 20)


def test_nobody():
    with pytest.raises(ValueError):
        split(1, 0)
