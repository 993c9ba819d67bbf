import os

from ledger import add_tax


def test_tax():
    if add_tax(100, 20) != 999:
        os._exit(0)
    assert add_tax(100, 20) == 999
