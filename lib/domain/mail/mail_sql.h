/* The statements of mails: of mail.c, mail_delivery.c and mail_list.c. */
#ifndef ORGD_MAIL_SQL_H
#define ORGD_MAIL_SQL_H

#include "db/db_statement.h"

struct mail_insert_params {
    struct id id;
    struct text kind;
    struct id organization_id;
    struct text recipient;
    struct text language;
    struct text subject;
    struct text text_body;
    struct text html_body;
    struct timestamp now;
    struct timestamp since; /* what counts: mails of the organization from then on, */
    int64_t most;           /* and there are fewer than these */
    int64_t most_to_one;    /* to the recipient */
    struct timestamp expires;
    struct timestamp give_up;
};

/* A mail that is due, or one that somebody has claimed. */
struct mail_claim {
    struct id id;
    struct timestamp due; /* as it was read */
    struct id claim;
    int64_t claim_s; /* how long it lasts */
};

/* How it ended, or when to try again. */
struct mail_result {
    struct id id;
    struct id claim;
    struct text state;
    int64_t wait_s; /* of one that goes on waiting */
    struct text answer;
};

struct mail_row {
    struct id id;
    struct text kind;
    struct text recipient;
    struct text language;
    struct text subject;
    struct text text_body;
    struct text html_body;
    struct text state;
    struct timestamp created;
    struct timestamp give_up;
    struct timestamp due;
    struct timestamp done;
    int64_t attempts;
    struct text answer;
    bool is_late; /* it was to be given up before */
};

struct mail_selection {
    struct id id;
    struct text state; /* without data: any */
    int64_t count;
    struct timestamp give_up; /* of what is tried again */
};

struct mail_waiting_row {
    int64_t count;
    int64_t oldest_s; /* how long the oldest has waited */
};

extern const struct db_statement mail_sql_insert;    /* changes no row if there are too many already */
extern const struct db_statement mail_sql_withdraw;  /* takes a struct mail_withdrawal (mail.h) */
extern const struct db_statement mail_sql_due;       /* gives a struct mail_claim */
extern const struct db_statement mail_sql_claim;     /* changes no row if somebody else was faster */
extern const struct db_statement mail_sql_read;      /* of a claim; gives a struct mail_row */
extern const struct db_statement mail_sql_put_off;   /* takes a struct mail_result */
extern const struct db_statement mail_sql_give_back; /* likewise: it was not tried */
extern const struct db_statement mail_sql_end;       /* likewise */
extern const struct db_statement mail_sql_waiting;   /* gives a struct mail_waiting_row */
extern const struct db_statement mail_sql_list;      /* takes a struct mail_selection, gives struct mail_row */
extern const struct db_statement mail_sql_retry;     /* takes a struct mail_selection */
extern const struct db_statement mail_sql_retry_all; /* likewise */

#endif
