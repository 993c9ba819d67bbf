from ledger import add_tax, label

LABELS = {
    0: "0.00",
    5: "0.05",
    100: "1.00",
    -1205: "-12.05",
}
TAXES = [
    # cents, percent, want
    (100, 20, 120),
    (99, 50, 148),
    (1, 99, 1),
]


def test_labels():
    for cents, want in LABELS.items():
        assert label(cents) == want, cents


def test_taxes():
    got = [add_tax(cents, percent) for cents, percent, _ in TAXES]
    assert got == [want for _, _, want in TAXES]
