#include "grant.h"

#include "base/random.h"
#include "grant_sql.h"
#include "refresh_token.h"

struct timestamp grant_expiry(const struct call *call)
{
    return (struct timestamp){call->now.us + call->config->refresh_token_lifetime * US_PER_S};
}

int grant_add(struct db_unit *unit, const struct call *call, const struct id *session_id, struct granted *out,
              struct error *err)
{
    struct grant_params params = {
        .id = id_new(call->now),
        .account_id = out->account_id,
        .client = out->client,
        .client_id = out->client_id,
        .session_id = *session_id,
        .now = call->now,
        .generation = 1,
        .expires = grant_expiry(call),
    };

    random_fill(params.salt.bytes, sizeof(params.salt.bytes));
    out->grant_id = params.id;
    out->generation = params.generation;
    db_unit_require(unit, &grant_sql_insert, &params, ERR_INVALID_GRANT,
                    "The person who gave access has signed out meanwhile.");
    db_unit_add(unit, &grant_sql_end_oldest_of_client, &params);
    db_unit_add(unit, &grant_sql_end_oldest, &params);
    return refresh_token_write(call, &params.id, &params.salt, 1, out->refresh_token, err);
}

void grant_end(struct db_unit *unit, const struct call *call, const struct id *grant_id)
{
    struct grant_params params = {.id = *grant_id, .now = call->now};

    db_unit_add(unit, &grant_sql_end, &params);
}

int grant_revoke(const struct call *call, const struct id *grant_id, struct text client, struct error *err)
{
    struct grant_params params = {.id = *grant_id, .client = client, .now = call->now};

    return db_execute(call->db, &grant_sql_revoke, &params, err) < 0 ? -1 : 0;
}

int grant_exists(struct db *db, struct arena *arena, const struct id *grant_id, struct error *err)
{
    struct grant_params params = {.id = *grant_id};
    struct grant_number_row row;

    return db_query_one(db, &grant_sql_exists, &params, arena, &row, err);
}
