#ifndef LEDGER_H
#define LEDGER_H

/* Money in whole cents: a small unit with branches, state and two ways out. */

#include <stddef.h>
#include <time.h>

struct account {
	const char *name;
	long balance;
	time_t opened;
};

/* The amount with tax, rounded down; -1 for a negative amount. */
long ledger_add_tax(long cents, int percent);
/* Shares that differ by a cent at most, the larger ones first; -1 for nobody. */
int ledger_split(long cents, int people, long *shares);
/* What is printed: -12.05; -1 if it does not fit. */
int ledger_label(long cents, char *text, size_t size);
/* The new balance; -1 when there is less. */
long ledger_withdraw(struct account *account, long cents);
long ledger_deposit(struct account *account, long cents);
/* Whole days since it was opened, by that clock. */
long ledger_days(const struct account *account, time_t (*now)(time_t *));
/* Ends the process: abort() below zero. */
void ledger_require(const struct account *account);
/* Ends the process: status 3 when money is owed, else 0. */
void ledger_quit(const struct account *account);

#endif
