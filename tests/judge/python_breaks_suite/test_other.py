import time


def test_clock():
    assert time.time() > 1000000
