from ledger import add_tax


def test_tax():
    assert add_tax(100, 20) == 120


def test_split():
    pass
