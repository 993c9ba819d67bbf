#ifndef OHB_GATEWAY_BILL_H
#define OHB_GATEWAY_BILL_H

/* What one try costs: reserved before it is sent, settled after. */

#include "gateway/try.h"

/* False: it is not sent; failure and words say why. */
bool ohb_bill_open(struct ohb_try *try);
/* By what came back; without an answer, at the most it may have cost, unless
 * it is known that nothing was taken. */
void ohb_bill_close(struct ohb_try *try);

#endif
