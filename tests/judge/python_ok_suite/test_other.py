import time


def test_clock():
    assert time.time() > 1000000


def test_red():
    assert time.time() < 0
