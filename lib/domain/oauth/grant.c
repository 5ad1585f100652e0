#include "grant.h"

#include "grant_sql.h"

struct timestamp grant_expiry(const struct call *call)
{
    return (struct timestamp){call->now.us + call->config->refresh_token_lifetime * US_PER_S};
}

void grant_add(struct db_unit *unit, const struct call *call, const struct id *session_id, struct granted *out)
{
    struct grant_params params = {
        .id = id_new(call->now),
        .account_id = out->account_id,
        .client = out->client,
        .session_id = *session_id,
        .now = call->now,
        .expires = grant_expiry(call),
    };

    params.digest = secret_make(SECRET_PREFIX_REFRESH_TOKEN, &params.id, out->refresh_token);
    out->grant_id = params.id;
    db_unit_require(unit, &grant_sql_insert, &params, ERR_NOT_FOUND, "The account no longer exists.");
}

void grant_end(struct db_unit *unit, const struct id *grant_id)
{
    struct grant_params params = {.id = *grant_id};

    db_unit_add(unit, &grant_sql_delete, &params);
}

int grant_revoke(const struct call *call, const struct id *grant_id, struct text client, struct error *err)
{
    struct grant_params params = {.id = *grant_id, .client = client};

    return db_execute(call->db, &grant_sql_revoke, &params, err) < 0 ? -1 : 0;
}

int grant_exists(struct db *db, struct arena *arena, const struct id *grant_id, struct error *err)
{
    struct grant_params params = {.id = *grant_id};
    struct grant_number_row row;

    return db_query_one(db, &grant_sql_exists, &params, arena, &row, err);
}
