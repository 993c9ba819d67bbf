from ledger import Account, load, save


def test_save_and_load(tmp_path):
    path = tmp_path / "accounts"
    save([Account("ann", 5), Account("bob", -7)], path)
    assert path.read_text() == "ann\t5\nbob\t-7\n"
    assert [(a.name, a.balance) for a in load(path)] == [
        ("ann", 5),
        ("bob", -7),
    ]
