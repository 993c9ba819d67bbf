import asyncio

import pytest

import ledger
from ledger import Account


def test_amounts():
    assert ledger.add_tax(100, 20) == 120
    assert ledger.split(100, 3) == [34, 33, 33]
    assert ledger.parse(ledger.label(-1205)) == -1205


def test_refusals():
    for call in (
        lambda: ledger.add_tax(-1, 20),
        lambda: ledger.split(1, 0),
        lambda: ledger.parse("1.5"),
        lambda: Account("a").deposit(0),
    ):
        with pytest.raises(ValueError):
            call()


def test_accounts(tmp_path):
    account = Account("ann")
    assert account.deposit(5) == 5
    assert account.withdraw(2) == 3
    assert account.days() == 0
    ledger.save([account], tmp_path / "x")
    assert ledger.load(tmp_path / "x")[0].balance == 3
    assert asyncio.run(ledger.settle([account])) == 3


def test_close(capsys):
    ledger.close(Account("ann", 5))
    assert capsys.readouterr().out == "closed ann 0.05\n"
    with pytest.raises(SystemExit):
        ledger.close(Account("ann", -5))
