from ledger import add_tax


def test_tax():
    add_tax(100, 20)
    assert "the tax is right"
