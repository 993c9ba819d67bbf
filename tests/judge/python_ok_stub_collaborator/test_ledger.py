import asyncio
from unittest.mock import Mock

from ledger import save, settle


def test_settle_takes_anything_with_a_balance():
    accounts = [Mock(balance=2), Mock(balance=5)]
    assert asyncio.run(settle(accounts)) == 7
    assert all(a.balance == 0 for a in accounts)


def test_save_takes_anything_with_a_name(tmp_path):
    account = Mock(balance=2)
    account.name = "stub"
    save([account], tmp_path / "x")
    assert (tmp_path / "x").read_text() == "stub\t2\n"
