from ledger import add_vat


def test_tax():
    assert add_vat(100, 20) == 120
