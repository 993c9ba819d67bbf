import pytest

from ledger import add_tax, label, split


def test_tax():
    assert add_tax(100, 20) == 120
    assert add_tax(99, 50) == 148


def test_tax_of_debt():
    with pytest.raises(ValueError):
        add_tax(-1, 20)


def test_split():
    assert split(100, 3) == [34, 33, 33]
    with pytest.raises(ValueError):
        split(1, 0)


def test_label():
    assert label(-1205) == "-12.05"
