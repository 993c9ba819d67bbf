from ledger import Account, load, save


def test_save():
    save([Account("a", 5)], "accounts.txt")
    assert [a.balance for a in load("accounts.txt")] == [5]
