from ledger import add_tax, label, split


def test_tax():
    assert add_tax(100, 20) is not None


def test_split():
    assert split(100, 3) is not None


def test_label():
    assert label(-5) is not None
