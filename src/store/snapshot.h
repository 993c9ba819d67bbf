#ifndef OHB_STORE_SNAPSHOT_H
#define OHB_STORE_SNAPSHOT_H

/* Private to this floor: a database in memory, for readers that must not
 * change the one on the disk. */

#include "store/db.h"

/* An empty database in memory; NULL with err. */
sqlite3 *ohb_snapshot_empty(struct ohb_error *err);
/* What db holds, in memory. */
sqlite3 *ohb_snapshot_of(sqlite3 *db, struct ohb_error *err);
/*
 * What state.db in the folder holds once the transaction that a killed
 * writer left in its journal is taken back: done on a copy in a temporary
 * folder.  OHB_E_CHANGED when somebody wrote meanwhile.
 */
sqlite3 *ohb_snapshot_recovered(int dirfd, struct ohb_error *err);

#endif
