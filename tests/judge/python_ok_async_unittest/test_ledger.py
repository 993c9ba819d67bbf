import unittest

from ledger import Account, settle


class Settle(unittest.IsolatedAsyncioTestCase):
    async def test_total(self):
        accounts = [Account("a", 3), Account("b", 4)]
        self.assertEqual(await settle(accounts), 7)
        self.assertEqual([a.balance for a in accounts], [0, 0])
