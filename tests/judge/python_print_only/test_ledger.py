from ledger import add_tax


def test_tax():
    print("expected 120, got", add_tax(100, 20))
