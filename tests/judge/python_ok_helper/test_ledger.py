from ledger import split


def assert_fair(cents, people):
    shares = split(cents, people)
    assert len(shares) == people
    assert sum(shares) == cents
    assert max(shares) - min(shares) <= 1
    assert shares == sorted(shares, reverse=True)


def test_even():
    assert_fair(99, 3)


def test_odd():
    assert_fair(100, 3)


def test_less_than_people():
    assert_fair(2, 5)
