#include "db_server_sql.h"

static const struct db_record row =
    DB_RECORD(struct db_server, DB_MEMBER(struct db_server, version), DB_MEMBER(struct db_server, account),
              DB_MEMBER_AS("chosen_database", struct db_server, database), DB_MEMBER(struct db_server, more_rights),
              DB_MEMBER(struct db_server, is_read_only), DB_MEMBER(struct db_server, flush_log),
              DB_MEMBER(struct db_server, max_allowed_packet), DB_MEMBER(struct db_server, max_prepared_statements),
              DB_MEMBER(struct db_server, max_connections), DB_MEMBER(struct db_server, max_user_connections),
              DB_MEMBER(struct db_server, connections), DB_MEMBER_AS("read_at", struct db_server, now));

#define QUOTED_ACCOUNT "CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')"

const struct db_statement server_read = {
    .name = "server_read",
    .sql = "SELECT VERSION() AS version, " QUOTED_ACCOUNT " AS account, DATABASE() AS chosen_database,"
           " (SELECT GROUP_CONCAT(privilege_type SEPARATOR ', ') FROM information_schema.user_privileges"
           " WHERE grantee = " QUOTED_ACCOUNT " AND privilege_type <> 'USAGE') AS more_rights,"
           " CAST(@@GLOBAL.read_only AS INT) AS is_read_only,"
           " CAST(@@GLOBAL.innodb_flush_log_at_trx_commit AS INT) AS flush_log,"
           " CAST(@@GLOBAL.max_allowed_packet AS INT) AS max_allowed_packet,"
           " CAST(@@GLOBAL.max_prepared_stmt_count AS INT) AS max_prepared_statements,"
           " CAST(@@GLOBAL.max_connections AS INT) AS max_connections,"
           " CAST(@@SESSION.max_user_connections AS INT) AS max_user_connections,"
           " (SELECT CAST(variable_value AS INT) FROM information_schema.global_status"
           " WHERE variable_name = 'THREADS_CONNECTED') AS connections, UTC_TIMESTAMP(6) AS read_at",
    .row = &row,
};
