#include "setup_sql.h"

static const struct db_record number_row =
    DB_RECORD(struct setup_number_row, DB_MEMBER(struct setup_number_row, number));

const struct db_statement setup_connection_limit = {
    .name = "setup_connection_limit",
    .sql = "SELECT @@max_user_connections AS number",
    .row = &number_row,
};

const char setup_set_database[] = "SET @orgd_database = DATABASE();\n";

const char setup_create_database[] = "CREATE DATABASE IF NOT EXISTS `{{database}}` CHARACTER SET utf8mb4";

const char setup_create_account[] = "CREATE USER IF NOT EXISTS '{{user}}'@'localhost' IDENTIFIED BY '{{password}}';"
                                    "ALTER USER '{{user}}'@'localhost' IDENTIFIED BY '{{password}}';"
                                    "GRANT orgd_application TO '{{user}}'@'localhost';"
                                    "SET DEFAULT ROLE orgd_application FOR '{{user}}'@'localhost'";
