/* What people grant to clients. A grant is a row of `orgd_credentials`; its access tokens name it (the claim `cred`),
 * and it knows which refresh token is the current one (refresh.h). Ending the row ends the whole family at once.
 *
 *     struct granted granted = {.account_id = account_id, .client = client, .client_id = client_id};
 *
 *     return grant_add(unit, call, &session_id, &granted, err);
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
    int64_t generation;  /* of its access tokens */
    struct text client;  /* the client's id as text */
    struct id client_id; /* nil: the client is not registered */
    char refresh_token[SECRET_TEXT_SIZE];
};

/* Adds a grant given in a session to a transaction. The caller sets `account_id`, `client` and `client_id` of
 * `out`; the id and the refresh token are made. The transaction fails with ERR_INVALID_GRANT if the session does not
 * live any more. */
int grant_add(struct db_unit *unit, const struct call *call, const struct id *session_id, struct granted *out,
              struct error *err) NODISCARD;

/* Adds the end of a grant and of all its tokens to a transaction. */
void grant_end(struct db_unit *unit, const struct call *call, const struct id *grant_id);

/* Ends a grant to this client. Does nothing if there is none. */
int grant_revoke(const struct call *call, const struct id *grant_id, struct text client, struct error *err) NODISCARD;

/* For a transaction in doubt that made a grant. Returns 1 if the grant exists, 0 if not or the id is nil, or -1. */
int grant_exists(struct db *db, struct arena *arena, const struct id *grant_id, struct error *err) NODISCARD;

/* Returns when a refresh token expires that is made now. */
struct timestamp grant_expiry(const struct call *call);

#endif
