from ledger import add_tax


def test_tax():
    while add_tax(100, 20) == 120:
        continue
    assert add_tax(100, 20) == 120
