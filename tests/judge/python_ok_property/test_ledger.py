import random

from ledger import label, parse, split


def amounts(n, seed=7):
    chance = random.Random(seed)
    return [chance.randrange(-(10**6), 10**6) for _ in range(n)]


def test_parse_is_the_way_back():
    for cents in amounts(200):
        assert parse(label(cents)) == cents


def test_nothing_is_lost():
    for cents in map(abs, amounts(200)):
        for people in (1, 2, 7):
            assert sum(split(cents, people)) == cents
