#include "setup_sql.h"

const char setup_set_database[] = "SET @orgd_database = DATABASE();\n";

const char setup_create_database[] = "CREATE DATABASE IF NOT EXISTS `{{database}}` CHARACTER SET utf8mb4";

const char setup_create_account[] = "CREATE USER IF NOT EXISTS '{{user}}'@'localhost';"
                                    "ALTER USER '{{user}}'@'localhost' IDENTIFIED BY '{{password}}';"
                                    "GRANT orgd_application TO '{{user}}'@'localhost';"
                                    "SET DEFAULT ROLE orgd_application FOR '{{user}}'@'localhost'";
