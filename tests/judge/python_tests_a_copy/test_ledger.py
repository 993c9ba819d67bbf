import ledger


def add_tax(cents, percent):
    return cents + cents * percent // 100


def test_tax():
    assert ledger is not None
    assert add_tax(100, 20) == 120
    assert add_tax(99, 50) == 148
