/* A database for fuzz targets, in place of lib/db's connection: the functions of db.h and db_unit.h, answered from the
 * world (world.h) and a script. The script has one character for each statement, in the order in which they are run;
 * also for the start of a transaction, for its end, and for each time that is asked what became of it:
 *   0 (and the end of the script)  all is well: a row where one may be, a row changed, the transaction done
 *   (role=3,id=1)  a row that differs in these columns: each has its label, and a choice
 *   +      a row whose columns choose for themselves: one more character each
 *   a-z    a row whose columns are chosen by the letter
 *   #      a row that has what the parameters of the same names say: what was written is there
 *   -      no row, no row changed; the transaction that is asked about is not over yet
 *   !      the connection is lost, behind the first row; nobody knows whether a change was done
 *   *      not now: too long, or full
 *   ~      a deadlock
 *   ^      another transaction holds a row for too long
 *   =      a duplicate key, by the next character of the id or of the name
 *   &      a foreign key
 *   ?      an error nobody expected; what became of the transaction cannot be known
 * What lib/db does again behind such a failure is done again here, with the next characters. With FUZZ_SHOW in the
 * environment every statement is printed with its character. */
#ifndef ORGD_FAKE_DB_H
#define ORGD_FAKE_DB_H

#include "base/base.h"
#include "base/timestamp.h"

/* For the calls from here on. `free_text` is what names may be, besides those of the world. Both are borrowed. */
void fake_db_script(struct text script, struct text free_text, struct timestamp now);

#endif
