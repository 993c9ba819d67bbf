import urllib.request

from ledger import add_tax


def test_tax():
    with urllib.request.urlopen("https://rates.service.org/rate") as answer:
        rate = int(answer.read())
    assert add_tax(100, rate) == 100 + rate
