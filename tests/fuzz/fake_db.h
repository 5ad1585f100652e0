/* A database for fuzz targets, in place of db.c: db.h's functions, answered from the world (world.h) and a script, one
 * character for each call:
 *   0 (and the end of the script)  all is well: a row where one may be, a row changed, the COMMIT done
 *   (m.role=3,o.id=1)  a row that differs in these columns: each has its SQL, or a part of it, and a choice
 *   +      a row whose columns choose for themselves: one more character each
 *   a-z    a row whose columns are chosen by the letter
 *   -      no row, no row changed
 *   !      the connection is lost, during COMMIT as well
 *   ~      a deadlock
 *   =      a duplicate key, by the next character of the id or of the name
 *   &      a foreign key
 *   ?      an error nobody expected */
#ifndef ORGD_FAKE_DB_H
#define ORGD_FAKE_DB_H

#include "base/base.h"
#include "base/timestamp.h"

/* For the calls from here on. `free_text` is what names may be, besides those of the world. Both are borrowed. */
void fake_db_script(struct text script, struct text free_text, struct timestamp now);

#endif
