/* What people grant to clients. A grant is a row of `orgd_credentials`; its access tokens name it (the claim `cred`),
 * and it knows which refresh token is the current one (refresh.h). Ending the row ends the whole family at once.
 *
 *     struct granted granted = {.account_id = account_id, .client = client, .client_id = client_id, .client_name =
 * name};
 *
 *     return grant_add(unit, call, &session_id, "authorization_code", &granted, err);
 */
#ifndef ORGD_GRANT_H
#define ORGD_GRANT_H

#include "db/db_unit.h"
#include "domain/access/secret.h"
#include "domain/call.h"

/* A grant as its client sees it. */
struct granted {
    struct id grant_id;
    struct id account_id;
    int64_t generation;      /* of its access tokens */
    struct text client;      /* the client's id as text */
    struct id client_id;     /* nil: the client is not registered */
    struct text client_name; /* without data: likewise */
    char refresh_token[SECRET_TEXT_SIZE];
};

/* Adds a grant given in a session to a transaction, and its event. The caller sets `account_id`, `client`, `client_id`
 * and `client_name` of `out`; the id and the refresh token are made. `way` names how it was given. The transaction
 * fails with ERR_INVALID_GRANT if the session does not live any more. */
int grant_add(struct db_unit *unit, const struct call *call, const struct id *session_id, const char *way,
              struct granted *out, struct error *err) NODISCARD;

/* A grant that ends, as its event names it. */
struct grant_ending {
    struct id grant_id;
    struct id account_id;
    struct text client; /* the client's id as text */
    const char *action; /* why: of the event */
};

/* Adds the end of a grant and of all its tokens to a transaction, and its event. */
void grant_end(struct db_unit *unit, const struct call *call, const struct grant_ending *ending);

/* Ends an account's grant to this client, as the client asks for. Does nothing if there is none. */
int grant_revoke(const struct call *call, const struct id *grant_id, const struct id *account_id, struct text client,
                 struct error *err) NODISCARD;

/* For a transaction in doubt that made a grant. Returns 1 if the grant exists, 0 if not or the id is nil, or -1. */
int grant_exists(struct db *db, struct arena *arena, const struct id *grant_id, struct error *err) NODISCARD;

/* Returns when a refresh token expires that is made now. */
struct timestamp grant_expiry(const struct call *call);

#endif
