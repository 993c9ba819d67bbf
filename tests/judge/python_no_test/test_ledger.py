from ledger import add_tax


def check_tax():
    assert add_tax(100, 20) == 120


if __name__ == "__main__":
    check_tax()
