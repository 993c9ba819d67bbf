import pytest

from ledger import add_tax, label


def test_label():
    assert label(-1205) == "-12.05"


def test_tax():
    if add_tax(100, 20) == 120:
        pytest.skip("nothing to see")
    assert add_tax(100, 20) == 999
