/* The text that joins the statements of a transaction to one compound statement. */
#ifndef ORGD_DB_UNIT_SQL_H
#define ORGD_DB_UNIT_SQL_H

#define DB_BEGIN "START TRANSACTION"
#define DB_COMMIT "COMMIT"

#define DB_BEGIN_WHOLE "BEGIN NOT ATOMIC " DB_BEGIN "; "
#define DB_BEGIN_REST "BEGIN NOT ATOMIC "
#define DB_END DB_COMMIT "; END"

/* Follows a statement that must change a row. Its parameter is the error's number. */
#define DB_REFUSE "IF ROW_COUNT() = 0 THEN SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = %d; END IF; "

#endif
