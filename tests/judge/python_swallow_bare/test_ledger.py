from ledger import add_tax


def test_tax():
    try:
        assert add_tax(100, 20) == 999
    except:
        print("it did not work")
