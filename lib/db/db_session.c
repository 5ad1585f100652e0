#include "db_session.h"

#include <mysqld_error.h>
#include <stdio.h>

/* MariaDB's documentation lists the variables of a session. These can make statements of ours fail, do something else,
 * or give other rows; the rest are about speed, logs, or statements that we do not have. All of them exist since
 * MariaDB 10.5. The texts of errors are read (the name of a unique key), so their language is one of them. */
static const char *const settings[] = {
    "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE",
    "SET SESSION time_zone = '+00:00', autocommit = 1, completion_type = NO_CHAIN,"
    " sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', old_mode = '', lc_messages = 'en_US'",
    "SET SESSION sql_select_limit = 18446744073709551615, sql_big_selects = 1, sql_safe_updates = 0, sql_auto_is_null = 0,"
    " sql_if_exists = 0, foreign_key_checks = 1, unique_checks = 1, check_constraint_checks = 1,"
    " innodb_strict_mode = 1, div_precision_increment = 4",
    "SET SESSION group_concat_max_len = 1048576, max_sort_length = 1024, max_error_count = 64,"
    " max_session_mem_used = 9223372036854775807",
};

static int set_all(MYSQL *connection)
{
    for (size_t i = 0; i < ARRAY_LENGTH(settings); i++)
        if (mysql_query(connection, settings[i]) != 0)
            return -1;
    return 0;
}

/* A node outside its cluster must not answer with what it had before. Servers without Galera do not know this. */
static int refuse_dirty_reads(MYSQL *connection)
{
    return mysql_query(connection, "SET SESSION wsrep_dirty_reads = 0") == 0 ||
                   mysql_errno(connection) == ER_UNKNOWN_SYSTEM_VARIABLE
               ? 0
               : -1;
}

/* Does not use MYSQL_INIT_COMMAND, which the client library silently forgets if memory is short. */
int db_session_start(MYSQL *connection, const struct db_options *options, const char *lock)
{
    char limits[256];

    /* The server gives up a little earlier than we do, so that a slow statement does not cost the connection. */
    snprintf(limits, sizeof(limits),
             "SET SESSION max_statement_time = %u.8, innodb_lock_wait_timeout = %u, lock_wait_timeout = %u,"
             " @orgd_connection = GET_LOCK('%s', 0)",
             options->timeout_s - 1, options->lock_timeout_s, options->timeout_s, lock);
    return set_all(connection) == 0 && refuse_dirty_reads(connection) == 0 ? mysql_query(connection, limits) : -1;
}
