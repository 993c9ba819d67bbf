import unittest

from ledger import Account, Overdrawn, add_tax


class Ledger(unittest.TestCase):
    def setUp(self):
        self.account = Account("ann", 10)

    def test_tax(self):
        self.assertEqual(add_tax(100, 20), 120)

    def test_negative(self):
        with self.assertRaises(ValueError):
            add_tax(-1, 20)

    def test_overdrawn(self):
        self.assertRaises(Overdrawn, self.account.withdraw, 11)
        self.assertEqual(self.account.balance, 10)


if __name__ == "__main__":
    unittest.main()
