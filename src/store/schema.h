#ifndef OHB_STORE_SCHEMA_H
#define OHB_STORE_SCHEMA_H

/* Private to this floor: the tables, and how older ones become these. */

#include "store/db.h"

#define OHB_APPLICATION_ID 0x6f686264 /* "ohbd" */

/* What takes a database from version number i to i + 1. */
struct ohb_migration {
	const char *sql;
};

extern const struct ohb_migration ohb_migrations[];
extern const size_t ohb_nmigrations; /* the version of this ohbuild */

/*
 * Brings the store's database to version n, in one transaction; an older
 * one that holds data is first copied to "state.db.v<version>" beside it
 * (not when it is in memory).  A newer one, and one that is not ours, is
 * OHB_E_STATE.
 */
int ohb_schema_migrate(struct ohb_store *store,
		const struct ohb_migration *migrations, size_t n,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Fails when a table of this version is not there. */
int ohb_schema_check(
		struct ohb_store *store, struct ohb_error *err) OHB_MUST_CHECK;
/* The version; 0 for an empty database.  Not ours: OHB_E_STATE, and the
 * store is damaged. */
int ohb_schema_version(struct ohb_store *store, size_t *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif
