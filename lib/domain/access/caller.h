/* Who is calling. A credential is what a request has proved in memory. The row of the statement that serves the request
 * says whether it is still valid, and whose it is: every such statement starts at CALLER_FROM (caller_sql.h). */
#ifndef ORGD_CALLER_H
#define ORGD_CALLER_H

#include "base/digest.h"
#include "base/error.h"
#include "base/id.h"
#include "base/timestamp.h"
#include "db/db.h"

/* The kinds of credentials that open the API, by what else must not have ended. */
enum credential_kind {
    CREDENTIAL_OF_USER,    /* a personal token, or another issuer's user: nothing else */
    CREDENTIAL_OF_SERVICE, /* a service account's key: the organization of that account */
    CREDENTIAL_OF_GRANT,   /* a person's grant to an application: the client, if it is registered */
};

/* What the bearer presented, checked as far as possible without the database. */
struct credential {
    struct id id; /* of the row in `credentials` */
    enum credential_kind kind;
    bool is_token;    /* a verified access token: account and generation are the proof; else `digest` is, of a secret */
    bool is_external; /* another issuer's verified token: the row's kind is the proof */
    bool is_limited;  /* never a superuser's, whatever the account is */
    struct id account_id;
    int64_t generation;
    struct digest digest;
    struct timestamp presented; /* when; a retained secret and its tokens count until their time */
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
    bool is_superuser; /* by this credential */
    bool counts;       /* CALLER_COUNTS: the credential is proved and active, and so is the account */
};

/* Whose request it turned out to be, for the access line: set once a credential has been found to count. */
struct actor {
    struct id account_id; /* nil: nobody's */
    struct id credential_id;
};

/* `actor` may be NULL: nobody wants to know. */
void actor_note(struct actor *actor, const struct id *account_id, const struct id *credential_id);

/* Makes a principal of the caller's row, or fails with ERR_UNAUTHORIZED. `row` NULL means that there was none. The
 * sentence is the same whatever the reason. */
int caller_accept(const struct caller_row *row, struct principal *out, struct error *err) NODISCARD;

#endif
