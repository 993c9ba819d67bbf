from ledger import add_tax, label, split


def test_tax_is_rounded_down():
    assert add_tax(100, 20) == 120
    assert add_tax(99, 50) == 148


def test_shares_differ_by_a_cent():
    assert split(100, 3) == [34, 33, 33]


def test_label_below_zero():
    assert label(-1205) == "-12.05"
