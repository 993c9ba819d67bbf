from ledger import Account


class TestAccount:
    def setup_method(self):
        self.account = Account("ann", 5)

    def test_deposit(self):
        assert self.account.deposit(7) == 12

    def test_withdraw_all(self):
        assert self.account.withdraw(5) == 0
