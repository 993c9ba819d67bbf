from ledger import add_tax, label


def test_tax():
    assert isinstance(add_tax(100, 20), int)


def test_label():
    assert isinstance(label(5), str)
