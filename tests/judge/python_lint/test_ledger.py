from ledger import *


def test_tax():
    assert add_tax(100, 20) == 120
