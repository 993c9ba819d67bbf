#include "ledger.h"

int main(void)
{
	return ledger_add_tax(100, 20) == 120 ? 0 : 1;
}
