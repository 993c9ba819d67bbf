import unittest

from ledger import label


class Labels(unittest.TestCase):
    def check(self, cents, text):
        self.assertEqual(label(cents), text)

    def test_small(self):
        self.check(5, "0.05")

    def test_negative(self):
        self.check(-1205, "-12.05")
