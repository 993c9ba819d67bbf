from ledger import add_tax


def test_tax():
    got = add_tax(100, 20)
    assert got == got
