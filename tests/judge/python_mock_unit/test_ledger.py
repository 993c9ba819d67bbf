from unittest import mock

import ledger


def test_tax():
    with mock.patch("ledger.add_tax", return_value=120):
        assert ledger.add_tax(100, 20) == 120
