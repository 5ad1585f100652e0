/* What the database server is like, for an operator's check.
 *
 *     struct db_server server;
 *
 *     if (db_server_read(db, arena, &server, err) < 0)
 *         return -1;
 */
#ifndef ORGD_DB_SERVER_H
#define ORGD_DB_SERVER_H

#include "db.h"

/* What the server says of itself and of the account that asks. */
struct db_server {
    struct text version;
    struct text account; /* 'user'@'host' */
    struct text database;
    struct text more_rights; /* the account's rights on all databases, such as "SUPER, FILE"; without data: none */
    int64_t is_read_only;
    int64_t flush_log; /* innodb_flush_log_at_trx_commit */
    int64_t max_allowed_packet;
    int64_t max_prepared_statements;
    int64_t max_connections;
    int64_t max_user_connections; /* of the account; 0: no limit of its own */
    int64_t connections;          /* that are open, of all accounts */
    struct timestamp now;
};

/* Reads it. One round trip. */
int db_server_read(struct db *db, struct arena *arena, struct db_server *out, struct error *err) NODISCARD;

/* True if the version is one of MariaDB that can be used. */
#define DB_SERVER_OLDEST "10.5"
bool db_server_is_known(struct text version);

#endif
