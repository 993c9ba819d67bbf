import pytest

from ledger import Account, close


def test_owing_is_status_3():
    with pytest.raises(SystemExit) as info:
        close(Account("ann", -1))
    assert info.value.code == 3


def test_zero_is_fine(capsys):
    close(Account("ann", 0))
    assert "0.00" in capsys.readouterr().out
