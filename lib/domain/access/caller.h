/* Who is calling. A credential is what a request has proved in memory. The row of the statement that serves the request
 * says whether it is still valid, and whose it is: every such statement starts at CALLER_FROM (caller_sql.h). */
#ifndef ORGD_CALLER_H
#define ORGD_CALLER_H

#include "base/digest.h"
#include "base/error.h"
#include "base/id.h"
#include "base/timestamp.h"
#include "db/db.h"

/* What the bearer presented, checked as far as possible without the database. */
struct credential {
    struct id id;     /* of the row in `credentials` */
    bool is_token;    /* a verified access token: compare `account_id`; else a secret: compare `digest` */
    bool is_external; /* another issuer's verified token: the row's id, made from issuer and subject, is the proof */
    struct id account_id;
    struct digest digest;
};

enum caller_kind {
    CALLER_NOBODY,
    CALLER_BEARER,   /* of a credential */
    CALLER_OPERATOR, /* an operator (orgctl): may do everything, under the same rules for names, addresses and states */
};

/* The caller. */
struct caller {
    enum caller_kind kind;
    struct credential credential; /* of a bearer */
};

/* An active user or service account with a valid credential. Copy it freely. */
struct principal {
    struct id account_id;
    bool is_superuser;
};

/* The caller's part of a row. */
struct caller_row {
    struct id account_id;
    bool is_superuser;
    bool account_is_active;
    bool is_active; /* the credential */
    struct digest secret;
    struct digest retained_secret;
    struct timestamp retained_until;
};

/* Makes a principal of a credential and its row, or fails with ERR_UNAUTHORIZED. `row` NULL means that there was none.
 * The sentence is the same whatever the reason. */
int caller_accept(const struct credential *credential, const struct caller_row *row, struct timestamp now,
                  struct principal *out, struct error *err) NODISCARD;

/* Runs one of the statements that insert a credential (caller_sql.h). Fails with ERR_NOT_FOUND if the account no longer
 * exists. */
int caller_insert_credential(struct db *db, const struct db_statement *statement, const void *params,
                             struct error *err) NODISCARD;

#endif
