from unittest import mock

from ledger import Account


def test_days():
    with mock.patch("ledger.time.time", return_value=1000.0):
        account = Account("ann")
    with mock.patch("ledger.time.time", return_value=1000.0 + 3 * 86400):
        assert account.days() == 3
    with mock.patch("time.time", return_value=1000.0 + 86399):
        assert account.days() == 0
