from ledger import add_tax


def test_tax():
    assert add_tax(100, 20) == 120


def test_free_above_ten():
    assert add_tax(1001, 20) == 1001
