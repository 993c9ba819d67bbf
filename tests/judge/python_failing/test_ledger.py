from ledger import add_tax


def test_tax():
    assert add_tax(100, 20) == 121
