from ledger import add_tax, label, split


def test_all():
    add_tax(100, 20)
    split(100, 3)
    label(-5)
