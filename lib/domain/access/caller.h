/* Who is calling. A credential is what a request proved in memory; whether it still counts, and for whom, comes with
 * the row of the statement that serves the request: every such statement starts at CALLER_FROM (caller_sql.h). */
#ifndef ORGD_CALLER_H
#define ORGD_CALLER_H

#include "base/digest.h"
#include "base/error.h"
#include "base/id.h"
#include "base/timestamp.h"
#include "db/db.h"

/* What the bearer presented, checked as far as memory allows. */
struct credential {
    struct id id;     /* of the row in `credentials` */
    bool is_token;    /* a verified access token: `account_id` counts; else a secret: `digest` counts */
    bool is_external; /* another issuer's verified token: the row's id, derived from issuer and subject, is the proof */
    struct id account_id;
    struct digest digest;
};

enum caller_kind {
    CALLER_NOBODY,
    CALLER_BEARER,   /* of a credential */
    CALLER_OPERATOR, /* who runs orgctl: may do everything, by the same rules for names, addresses and states */
};

/* Who asks. */
struct caller {
    enum caller_kind kind;
    struct credential credential; /* of a bearer */
};

/* A user or a service account, active, with a credential that counts. A plain value. */
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

/* Turns credential and row into a principal, or fails with ERR_UNAUTHORIZED. `row` NULL means that there was none. The
 * answer is the same whatever the reason. */
int caller_accept(const struct credential *credential, const struct caller_row *row, struct timestamp now,
                  struct principal *out, struct error *err) NODISCARD;

/* Runs one of the statements that insert a credential (caller_sql.h). ERR_NOT_FOUND if its account is gone. */
int caller_insert_credential(struct db *db, const struct db_statement *statement, const void *params,
                             struct error *err) NODISCARD;

#endif
