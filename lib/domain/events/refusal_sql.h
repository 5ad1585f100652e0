/* The statements of refusal.c. */
#ifndef ORGD_REFUSAL_SQL_H
#define ORGD_REFUSAL_SQL_H

#include "base/digest.h"
#include "db/db_statement.h"

/* How many windows are ended by one call of refusal_flush(). */
#define REFUSAL_PIECE 100
#define REFUSAL_PIECE_SQL "100"

/* A row of orgd_event_refusals, and what is asked of the table. */
struct refusal_row {
    struct id subject_id;
    struct text action;
    struct timestamp began;
    int64_t pending;
    struct text reason;
    struct text subject_name;
    struct id account_id;
    struct text account_name;
    struct id organization_id;
    struct text organization_name;
    struct text request_id;
    struct text address;
    struct text user_agent;
    struct timestamp now;
    struct timestamp since; /* what began later is not over yet */
};

/* A credential that is refused. */
struct refused_params {
    struct id id;
    bool is_token;
    struct id account_id;
    struct digest digest;
    struct timestamp presented;
};

struct refused_row {
    struct text kind;
    struct text reason;
    struct text name;
    struct id account_id;
    struct text account_name;
    struct id organization_id;
    struct text organization_name;
};

extern const struct db_statement refusal_sql_credential; /* its rows are struct refused_row */
extern const struct db_statement refusal_sql_count;      /* changes no row if there is none that is not over */
extern const struct db_statement refusal_sql_ensure;
extern const struct db_statement refusal_sql_find_for_update;
extern const struct db_statement refusal_sql_begin;
extern const struct db_statement refusal_sql_list; /* of what is over */
extern const struct db_statement refusal_sql_forget;

#endif
