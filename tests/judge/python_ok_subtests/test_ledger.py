import unittest

from ledger import label, parse


class Labels(unittest.TestCase):
    def test_there_and_back(self):
        for cents in (0, 5, 99, 100, -1205):
            with self.subTest(cents=cents):
                self.assertEqual(parse(label(cents)), cents)

    def test_texts(self):
        for cents, text in ((5, "0.05"), (-1205, "-12.05")):
            with self.subTest(text):
                self.assertEqual(label(cents), text)
