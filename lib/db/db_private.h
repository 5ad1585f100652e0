/* Shared by db.c and db_prepared.c alone. */
#ifndef ORGD_DB_PRIVATE_H
#define ORGD_DB_PRIVATE_H

#include <mysql.h>

#include "base/arena.h"
#include "db_stmt.h"

/* A statement as prepared on one connection, with the buffers that rows are received into. */
struct db_prepared;

struct db_prepared *db_prepared_open(MYSQL *connection, const struct db_statement *statement);
void db_prepared_close(struct db_prepared *prepared);

const struct db_statement *db_prepared_statement(const struct db_prepared *prepared);

/* Each returns 0, or -1 where db_prepared_errno() says why. */
/* Once, before anything else. Aborts if the statement's tables do not fit its text: a bug. */
int db_prepared_prepare(struct db_prepared *prepared);
int db_prepared_execute(struct db_prepared *prepared, const void *params);
/* 1: a row was stored; 0: no more rows. */
int db_prepared_fetch(struct db_prepared *prepared, struct arena *arena, void *row);
/* Lets go of rows that were not fetched. */
int db_prepared_finish(struct db_prepared *prepared);

int64_t db_prepared_affected(const struct db_prepared *prepared);
unsigned db_prepared_errno(const struct db_prepared *prepared);
const char *db_prepared_error(const struct db_prepared *prepared);

#endif
