"""Amounts in cents: reading, writing and dividing them without losing any."""

import re

_AMOUNT = re.compile(r"(-?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{2}))?")


def parse(text):
    """Read "1,234.50" or "-7" as cents.

    Either no thousands separators or all of them; two decimals or none.
    Raises ValueError for anything else.
    """
    match = _AMOUNT.fullmatch(text.strip())
    if not match:
        raise ValueError(f"not an amount: {text!r}")
    sign, whole, cents = match.groups()
    value = int(whole.replace(",", "")) * 100 + int(cents or 0)
    return -value if sign else value


def render(cents):
    """Write cents as "1,234.50"; parse() reads it back."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{whole:,}.{rest:02d}"


def split(cents, weights):
    """Divide cents in proportion to weights; the parts sum up to cents.

    What rounding leaves over goes, a cent each, to the parts that lost most
    by it, the earlier one first among equals.  A negative amount is divided
    like its positive counterpart.  Raises ValueError when there is no weight,
    a negative one, or all are zero.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative, nor all zero")
    if cents < 0:
        return [-part for part in split(-cents, weights)]
    parts = [cents * weight // total for weight in weights]
    lost = [cents * weight % total for weight in weights]
    by_loss = sorted(range(len(parts)), key=lambda i: (-lost[i], i))
    for i in by_loss[: cents - sum(parts)]:
        parts[i] += 1
    return parts
