#include "db_failure.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <stddef.h>
#include <string.h>

#include "db_statement.h"

/* Up to here the numbers mean trouble of the server with files: no room, no descriptors. */
#define FILE_ERROR_MAX 999

static const struct {
    unsigned number;
    enum db_failure failure;
} failures[] = {
    /* The connection. */
    {CR_SERVER_GONE_ERROR, DB_FAILURE_LOST},
    {CR_SERVER_LOST, DB_FAILURE_LOST},
    {CR_SERVER_LOST_EXTENDED, DB_FAILURE_LOST},
    {CR_CONNECTION_ERROR, DB_FAILURE_LOST},
    {CR_CONN_HOST_ERROR, DB_FAILURE_LOST},
    {CR_SOCKET_CREATE_ERROR, DB_FAILURE_LOST},
    {CR_IPSOCK_ERROR, DB_FAILURE_LOST},
    {CR_UNKNOWN_HOST, DB_FAILURE_LOST},
    {CR_SERVER_HANDSHAKE_ERR, DB_FAILURE_LOST},
    {CR_SSL_CONNECTION_ERROR, DB_FAILURE_LOST},
    {CR_STMT_CLOSED, DB_FAILURE_LOST},
    {CR_ERR_NET_READ, DB_FAILURE_LOST},
    {CR_ERR_NET_WRITE, DB_FAILURE_LOST},
    {CR_ERR_NET_UNCOMPRESS, DB_FAILURE_LOST},
    {CR_COMMANDS_OUT_OF_SYNC, DB_FAILURE_LOST},
    {CR_OUT_OF_MEMORY, DB_FAILURE_LOST}, /* somewhere in the middle of an answer */
    {0, DB_FAILURE_LOST},                /* the same; the client library forgets to say so */
    {CR_MALFORMED_PACKET, DB_FAILURE_LOST},
    {ER_SERVER_SHUTDOWN, DB_FAILURE_LOST},
    {ER_NORMAL_SHUTDOWN, DB_FAILURE_LOST},
    {ER_SHUTDOWN_COMPLETE, DB_FAILURE_LOST},
    {ER_ABORTING_CONNECTION, DB_FAILURE_LOST},
    {ER_NET_READ_ERROR, DB_FAILURE_LOST},
    {ER_NET_READ_INTERRUPTED, DB_FAILURE_LOST},
    {ER_NET_ERROR_ON_WRITE, DB_FAILURE_LOST},
    {ER_NET_WRITE_INTERRUPTED, DB_FAILURE_LOST},
    {ER_CONNECTION_KILLED, DB_FAILURE_LOST},
    {ER_NEW_ABORTING_CONNECTION, DB_FAILURE_LOST},
    {4031, DB_FAILURE_LOST},                   /* MySQL's ER_CLIENT_INTERACTION_TIMEOUT */
    {ER_ERROR_DURING_COMMIT, DB_FAILURE_LOST}, /* a Galera node left its cluster: it is unknown what it has done */
    {ER_UNKNOWN_STMT_HANDLER, DB_FAILURE_LOST},
    {ER_NEED_REPREPARE, DB_FAILURE_LOST},
    /* The host: it takes no writes, or nothing at all. */
    {ER_OPTION_PREVENTS_STATEMENT, DB_FAILURE_ELSEWHERE}, /* --read-only */
    {ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, DB_FAILURE_ELSEWHERE},
    {ER_READ_ONLY_TRANSACTION, DB_FAILURE_ELSEWHERE},
    {ER_READ_ONLY_MODE, DB_FAILURE_ELSEWHERE},
    {ER_INNODB_READ_ONLY, DB_FAILURE_ELSEWHERE},
    {ER_OPEN_AS_READONLY, DB_FAILURE_ELSEWHERE}, /* innodb_force_recovery, a file system without writes */
    {ER_MUST_CHANGE_PASSWORD, DB_FAILURE_ELSEWHERE},
    {ER_UNKNOWN_COM_ERROR, DB_FAILURE_ELSEWHERE}, /* "WSREP has not yet prepared node for application use" */
    /* Others, at the same time. */
    {ER_LOCK_DEADLOCK, DB_FAILURE_CONFLICT},
    {ER_XA_RBDEADLOCK, DB_FAILURE_CONFLICT},
    {ER_TABLE_DEF_CHANGED, DB_FAILURE_CONFLICT}, /* "please retry transaction": a migration at the same time */
    {ER_CHECKREAD, DB_FAILURE_CONFLICT},
    {ER_DUP_ENTRY, DB_FAILURE_DUPLICATE},
    {ER_NO_REFERENCED_ROW_2, DB_FAILURE_REFERENCE},
    {ER_NO_SUCH_THREAD, DB_FAILURE_REFERENCE},
    {ER_ROW_IS_REFERENCED_2, DB_FAILURE_REFERENCE},
    {ER_LOCK_WAIT_TIMEOUT, DB_FAILURE_LOCKED},
    /* Too much at once, too long, or full. */
    {ER_STATEMENT_TIMEOUT, DB_FAILURE_BUSY},
    {ER_CON_COUNT_ERROR, DB_FAILURE_BUSY},
    {ER_TOO_MANY_USER_CONNECTIONS, DB_FAILURE_BUSY},
    {ER_USER_LIMIT_REACHED, DB_FAILURE_BUSY}, /* so many statements an hour */
    {ER_CANT_CREATE_THREAD, DB_FAILURE_BUSY},
    {ER_MAX_PREPARED_STMT_COUNT_REACHED, DB_FAILURE_BUSY},
    {ER_TOO_MANY_CONCURRENT_TRXS, DB_FAILURE_BUSY},
    {ER_TRANS_CACHE_FULL, DB_FAILURE_BUSY},
    {ER_STMT_CACHE_FULL, DB_FAILURE_BUSY},
    {ER_INNODB_UNDO_LOG_FULL, DB_FAILURE_BUSY},
    {ER_INDEX_FILE_FULL, DB_FAILURE_BUSY},
    {ER_TEMP_FILE_WRITE_FAILURE, DB_FAILURE_BUSY},
    {ER_ENGINE_OUT_OF_MEMORY, DB_FAILURE_BUSY},
    {ER_GET_ERRMSG, DB_FAILURE_BUSY},
    {ER_GET_TEMPORARY_ERRMSG, DB_FAILURE_BUSY},
    {ER_LOCK_ABORTED, DB_FAILURE_BUSY},
    {ER_FILSORT_ABORT, DB_FAILURE_BUSY},
    {ER_CANT_LOCK, DB_FAILURE_BUSY},
    {ER_CANT_OPEN_FILE, DB_FAILURE_BUSY}, /* too many open files */
    {ER_ERROR_ON_READ, DB_FAILURE_BUSY},
    {ER_QUERY_INTERRUPTED, DB_FAILURE_BUSY},
    {ER_OUTOFMEMORY, DB_FAILURE_BUSY},
    {ER_OUT_OF_SORTMEMORY, DB_FAILURE_BUSY},
    {ER_OUT_OF_RESOURCES, DB_FAILURE_BUSY},
    {ER_LOCK_TABLE_FULL, DB_FAILURE_BUSY},
    {ER_DISK_FULL, DB_FAILURE_BUSY},
    {ER_CANT_CREATE_FILE, DB_FAILURE_BUSY},
    {ER_ERROR_ON_WRITE, DB_FAILURE_BUSY},
    {ER_GET_ERRNO, DB_FAILURE_BUSY},
    {ER_RECORD_FILE_FULL, DB_FAILURE_BUSY},
};

enum db_failure db_failure_of(unsigned number)
{
    for (size_t i = 0; i < ARRAY_LENGTH(failures); i++)
        if (failures[i].number == number)
            return failures[i].failure;
    if (number >= DB_ERROR_REFUSED && number < DB_ERROR_REFUSED + DB_STEPS_MAX)
        return DB_FAILURE_REFUSED;
    return number > 0 && number <= FILE_ERROR_MAX ? DB_FAILURE_BUSY : DB_FAILURE_BUG;
}

/* ER_USER_LIMIT_REACHED names what was used up. Nothing but an hour helps against the limits of an hour. */
bool db_failure_is_shortage(unsigned number, const char *message)
{
    return number == ER_CON_COUNT_ERROR || number == ER_TOO_MANY_USER_CONNECTIONS ||
           (number == ER_USER_LIMIT_REACHED && strstr(message, "max_user_connections") != NULL);
}
