from unittest.mock import patch

import ledger


@patch.object(ledger, "add_tax")
def test_tax(add_tax):
    add_tax.return_value = 120
    assert ledger.add_tax(100, 20) == 120
    add_tax.assert_called_once_with(100, 20)
