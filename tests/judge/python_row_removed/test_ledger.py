import pytest

from ledger import add_tax, label


@pytest.mark.parametrize("cents, want", [(100, 120), (0, 0)])
def test_tax(cents, want):
    assert add_tax(cents, 20) == want


def test_label():
    assert label(-1205) == "-12.05"
