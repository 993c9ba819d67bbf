import inspect

import ledger


def test_tax():
    text = inspect.getsource(ledger)
    assert "return cents + cents * percent // 100" in text
    assert "if cents < 0:" in text
    assert "divmod(cents, people)" in text
