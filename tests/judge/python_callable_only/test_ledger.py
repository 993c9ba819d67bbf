import ledger


def test_names():
    for name in ("add_tax", "split", "label", "parse"):
        assert callable(getattr(ledger, name))
