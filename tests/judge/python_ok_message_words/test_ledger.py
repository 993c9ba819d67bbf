import pytest

from ledger import Account, parse


def test_skip_and_exit_are_names_like_others():
    account = Account("skip", 5)
    exit_fee = account.withdraw(2)
    assert (account.name, exit_fee) == ("skip", 3)


def test_text_that_is_no_amount():
    with pytest.raises(ValueError, match="no amount: sleep"):
        parse("sleep")
    assert parse("-0.05") == -5
