#include "refresh.h"

#include "base/text.h"
#include "refresh_sql.h"

/* A refresh token on its way through its transaction. */
struct renewal {
    const struct call *call;
    struct text client;
    struct id id;
    struct digest digest;
    struct digest next_digest; /* all zero: it is refused */
    struct granted *out;
};

static int rotate(struct renewal *renewal, struct db_unit *unit, const struct refresh_row *row)
{
    struct granted *out = renewal->out;
    struct refresh_params params = {
        .id = renewal->id,
        .old_digest = renewal->digest,
        .digest = secret_make(SECRET_PREFIX_REFRESH_TOKEN, &renewal->id, out->refresh_token),
        .now = renewal->call->now,
        .expires = grant_expiry(renewal->call),
    };

    renewal->next_digest = params.digest;
    out->grant_id = renewal->id;
    out->account_id = row->account_id;
    out->client = row->client;
    db_unit_add(unit, &refresh_sql_remember_used, &params);
    db_unit_add(unit, &refresh_sql_rotate, &params);
    return 0;
}

/* Refuses a token that is not the current one: it is invented, or was used before. */
static int refuse_old_token(struct renewal *renewal, struct db_unit *unit, struct error *err)
{
    const struct call *call = renewal->call;
    struct refresh_params params = {.id = renewal->id, .old_digest = renewal->digest};
    struct refresh_number_row row;
    int used = db_query_one(call->db, &refresh_sql_was_used, &params, call->arena, &row, err);

    if (used == 0)
        return error_set(err, ERR_INVALID_GRANT, "The refresh token is unknown.");
    if (used < 0)
        return -1;
    grant_end(unit, &renewal->id);
    return db_unit_refuse(unit, ERR_INVALID_GRANT,
                          "The refresh token has been used before; all tokens of its family are revoked.");
}

static int plan_exchange(struct db_unit *unit, void *context, struct error *err)
{
    struct renewal *renewal = context;
    const struct call *call = renewal->call;
    struct refresh_params params = {.id = renewal->id};
    struct refresh_row row;
    int found = db_query_one(call->db, &refresh_sql_find_for_update, &params, call->arena, &row, err);

    renewal->next_digest = (struct digest){{0}};
    if (found < 0)
        return -1;
    if (found == 0 || !text_equal(row.client, renewal->client) || !row.is_active)
        return error_set(err, ERR_INVALID_GRANT,
                         "The refresh token is unknown, has been revoked, or was issued to another client.");
    if (!digest_equal(&row.digest, &renewal->digest))
        return refuse_old_token(renewal, unit, err);
    if (row.expires.us <= call->now.us)
        return error_set(err, ERR_INVALID_GRANT, "The refresh token has expired.");
    return rotate(renewal, unit, &row);
}

/* Done if the grant has the next token. A refusal gives none, so it is done again. */
static int is_exchanged(struct db *db, void *context, struct error *err)
{
    const struct renewal *renewal = context;
    struct refresh_params params = {.id = renewal->id};
    struct refresh_row row;
    int found = db_query_one(db, &refresh_sql_find, &params, renewal->call->arena, &row, err);

    return found <= 0 ? found : digest_equal(&row.digest, &renewal->next_digest);
}

int refresh_exchange(const struct call *call, struct text refresh_token, struct text client, struct granted *out,
                     struct error *err)
{
    struct renewal renewal = {.call = call, .client = client, .out = out};
    struct db_work work = {.plan = plan_exchange, .locks = true, .is_done = is_exchanged, .context = &renewal};

    if (!secret_read(refresh_token, SECRET_PREFIX_REFRESH_TOKEN, &renewal.id, &renewal.digest))
        return error_set(err, ERR_INVALID_GRANT, "This server did not issue the refresh token.");
    return db_transaction(call->db, call->arena, &work, err);
}

int refresh_find(const struct call *call, struct text refresh_token, struct text client, struct refresh_state *out,
                 struct error *err)
{
    struct refresh_params params = {0};
    struct digest digest;
    struct refresh_row row;
    int found;

    if (!secret_read(refresh_token, SECRET_PREFIX_REFRESH_TOKEN, &params.id, &digest))
        return 0;
    found = db_query_one(call->db, &refresh_sql_find, &params, call->arena, &row, err);
    if (found <= 0)
        return found;
    *out = (struct refresh_state){.account_id = row.account_id, .username = row.username, .expires = row.expires};
    return row.is_active && row.expires.us > call->now.us && text_equal(row.client, client) &&
           digest_equal(&row.digest, &digest);
}

bool refresh_names_grant(struct text refresh_token, struct id *out)
{
    struct digest digest;

    return secret_read(refresh_token, SECRET_PREFIX_REFRESH_TOKEN, out, &digest);
}
