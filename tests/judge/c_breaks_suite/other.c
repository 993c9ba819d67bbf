#include "ledger.h"

long helper(long cents)
{
	return ledger_add_tax(cents, 20);
}

int main(void)
{
	return helper(100) == 120 ? 0 : 1;
}
