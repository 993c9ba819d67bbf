#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>

long ledger_add_tax(long cents, int percent)
{
	if (cents < 0)
		return -1;
	return cents + cents * percent / 100;
}

int ledger_split(long cents, int people, long *shares)
{
	int i;

	if (people < 1)
		return -1;
	for (i = 0; i < people; i++) {
		shares[i] = cents / people;
		if (i < cents % people)
			shares[i] += 1;
	}
	return 0;
}

int ledger_label(long cents, char *text, size_t size)
{
	const char *sign = "";
	int n;

	if (cents < 0) {
		sign = "-";
		cents = -cents;
	}
	n = snprintf(text, size, "%s%ld.%02ld", sign, cents / 100, cents % 100);
	return n < 0 || (size_t)n >= size ? -1 : 0;
}

long ledger_withdraw(struct account *account, long cents)
{
	if (cents > account->balance)
		return -1;
	account->balance -= cents;
	return account->balance;
}

long ledger_deposit(struct account *account, long cents)
{
	if (cents < 1)
		return -1;
	account->balance += cents;
	return account->balance;
}

long ledger_days(const struct account *account, time_t (*now)(time_t *))
{
	return (long)(now(NULL) - account->opened) / 86400;
}

void ledger_require(const struct account *account)
{
	if (account->balance < 0)
		abort();
}

void ledger_quit(const struct account *account)
{
	if (account->balance < 0)
		exit(3);
	exit(0);
}
