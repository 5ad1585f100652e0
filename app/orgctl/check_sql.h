/* The statements that "check" tells a person to run, as parts of its sentences; and rights, as the server names them.
 */
#ifndef ORGCTL_CHECK_SQL_H
#define ORGCTL_CHECK_SQL_H

#define SQL_SET_VARIABLE "\"SET GLOBAL %s = %lld\""
#define SQL_FORGET_MIGRATIONS "\"DELETE FROM `%s`.orgd_schema_migrations\""
#define SQL_GRANT_ROLE "\"GRANT orgd_application TO %s\""
#define SQL_REVOKE_EVERYWHERE "\"REVOKE %s ON *.* FROM %s\""
#define SQL_RIGHT_OF_ADMINISTRATORS "SUPER"
#define SQL_RIGHT_TO_MAKE_ACCOUNTS "CREATE USER"
#define SQL_REVOKE_ALL "\"REVOKE ALL ON `%s`.* FROM %s\""

#endif
