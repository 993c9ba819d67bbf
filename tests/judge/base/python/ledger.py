"""Money in whole cents: a small unit with branches, state, files and time."""

import asyncio
import time


class Overdrawn(Exception):
    """There is less in the account than is to be taken out."""


def add_tax(cents, percent):
    """The amount with tax, rounded down."""
    if cents < 0:
        raise ValueError("negative amount: %d" % cents)
    return cents + cents * percent // 100


def split(cents, people):
    """Shares that differ by a cent at most, the larger ones first."""
    if people < 1:
        raise ValueError("nobody to share with")
    share, rest = divmod(cents, people)
    return [share + 1] * rest + [share] * (people - rest)


def label(cents):
    """What is printed: -12.05"""
    sign = "-" if cents < 0 else ""
    return "%s%d.%02d" % (sign, abs(cents) // 100, abs(cents) % 100)


def parse(text):
    """The way back from label()."""
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.lstrip("-").partition(".")
    if len(part) != 2:
        raise ValueError("no amount: %s" % text)
    return sign * (int(whole) * 100 + int(part))


class Account:
    """Somebody's money."""

    def __init__(self, name, balance=0):
        self.name = name
        self.balance = balance
        self.opened = time.time()

    def deposit(self, cents):
        if cents < 1:
            raise ValueError("nothing to deposit")
        self.balance += cents
        return self.balance

    def withdraw(self, cents):
        if cents > self.balance:
            raise Overdrawn(self.name)
        self.balance -= cents
        return self.balance

    def days(self):
        """Whole days since it was opened."""
        return int((time.time() - self.opened) // 86400)


def save(accounts, path):
    """One account a line."""
    with open(path, "w", encoding="utf-8") as file:
        for account in accounts:
            file.write("%s\t%d\n" % (account.name, account.balance))


def load(path):
    """The way back from save()."""
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    return [Account(name, int(balance)) for name, balance in rows]


async def settle(accounts):
    """Empties all of them; what was in them."""
    total = 0
    for account in accounts:
        await asyncio.sleep(0)
        total += account.balance
        account.balance = 0
    return total


def close(account):
    """The last step of a command: 3 tells the shell that money is owed."""
    if account.balance < 0:
        raise SystemExit(3)
    print("closed", account.name, label(account.balance))
