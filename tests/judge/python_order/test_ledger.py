from ledger import Account

account = Account("ann", 5)


def test_deposit():
    assert account.deposit(5) == 10


def test_withdraw():
    assert account.withdraw(7) == 3
