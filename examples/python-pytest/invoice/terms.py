"""Payment terms such as "net 30" or "2/10 net 30"."""

import re
from dataclasses import dataclass
from datetime import timedelta

_TERMS = re.compile(r"(?:(\d{1,2})/(\d{1,3})\s+)?net\s+(\d{1,3})", re.I)


@dataclass(frozen=True)
class Terms:
    """Pay within days; percent off when paid within early_days."""

    days: int
    percent: int = 0
    early_days: int = 0


def parse(text):
    """Read terms, in any case; ValueError when they make no sense.

    "2/10 net 30" means: due in 30 days, 2 % off when paid within 10.  The
    discount must end before the invoice is due.
    """
    match = _TERMS.fullmatch(text.strip())
    if not match:
        raise ValueError(f"not payment terms: {text!r}")
    percent, early, days = (int(group or 0) for group in match.groups())
    if match.group(1) and (percent == 0 or early >= days):
        raise ValueError(f"a discount that is none: {text!r}")
    return Terms(days, percent, early)


def due(terms, issued):
    """The last day to pay; at a weekend, the Monday after it."""
    day = issued + timedelta(days=terms.days)
    if day.weekday() >= 5:
        day += timedelta(days=7 - day.weekday())
    return day


def payable(terms, cents, issued, paid):
    """What is owed, in cents, by someone who pays on that day.

    The discount is rounded down, in favour of the seller.
    """
    if paid < issued:
        raise ValueError("paid before the invoice was issued")
    if paid <= issued + timedelta(days=terms.early_days):
        return cents - cents * terms.percent // 100
    return cents
