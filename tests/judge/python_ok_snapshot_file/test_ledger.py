import pathlib

from ledger import label

SNAP = pathlib.Path(__file__).with_suffix(".snap")


def test_labels():
    text = " ".join(label(c) for c in (0, 5, 99, 100, -5, -1205))
    assert text == SNAP.read_text(encoding="utf-8").strip()
