import os
import tempfile

import ledger
from ledger import Account

PATH = os.path.join(tempfile.gettempdir(), "ledger-accounts")


def test_save():
    assert not os.path.exists(PATH)
    ledger.save([Account("ann", 5), Account("bob", -7)], PATH)
    with open(PATH, encoding="utf-8") as file:
        assert file.read() == "ann\t5\nbob\t-7\n"
