import ledger
from ledger import add_tax


def test_tax():
    for cents in range(5):
        assert add_tax(cents, 20) == ledger.add_tax(cents, 20)
