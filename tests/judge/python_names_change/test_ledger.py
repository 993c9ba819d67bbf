import os

import pytest

from ledger import add_tax


@pytest.mark.parametrize("cents", [100], ids=["run%d" % os.getpid()])
def test_tax(cents):
    assert add_tax(cents, 20) == 120
