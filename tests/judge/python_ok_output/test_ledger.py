from ledger import Account, close


def test_close_says_so(capsys):
    close(Account("ann", 1205))
    assert capsys.readouterr().out == "closed ann 12.05\n"
