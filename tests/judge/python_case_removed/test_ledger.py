from ledger import add_tax, label


def test_tax():
    assert add_tax(100, 20) == 120


def test_label():
    assert label(-1205) == "-12.05"
