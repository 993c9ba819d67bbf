from ledger import label, split

SNAPSHOT = """\
1: 10.00
2: 5.00 5.00
3: 3.34 3.33 3.33
4: 2.50 2.50 2.50 2.50
"""


def test_split_of_ten():
    text = "".join(
        "%d: %s\n" % (n, " ".join(map(label, split(1000, n))))
        for n in range(1, 5)
    )
    assert text == SNAPSHOT
