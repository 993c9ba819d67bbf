from ledger import Account, Overdrawn


def test_overdrawn_names_the_account():
    caught = None
    try:
        Account("ann", 1).withdraw(2)
    except Overdrawn as error:
        caught = error
    assert str(caught) == "ann"


def test_all_can_be_taken_out():
    assert Account("ann", 1).withdraw(1) == 0
