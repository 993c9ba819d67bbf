import pytest

from ledger import add_tax, label


@pytest.mark.parametrize(
    ("cents", "percent", "want"),
    [(100, 20, 120), (0, 20, 0), pytest.param(99, 50, 148, id="down")],
)
def test_tax(cents, percent, want):
    assert add_tax(cents, percent) == want


@pytest.mark.parametrize("cents", [-1205, -5])
@pytest.mark.parametrize("turn", [1, -1])
def test_label_sign(cents, turn):
    assert label(cents * turn).startswith("-") == (turn == 1)
