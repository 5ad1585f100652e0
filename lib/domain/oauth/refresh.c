#include "refresh.h"

#include "base/text.h"
#include "domain/events/event.h"
#include "refresh_sql.h"
#include "refresh_token.h"

/* A client whose answer was lost, or two of its threads, may send a token once more within this time. */
#define REPEATABLE_US (30 * US_PER_S)

/* A refresh token on its way through its transaction. */
struct renewal {
    const struct call *call;
    struct text client;
    struct refresh_token token;
    int64_t next_number; /* 0: it is refused */
    struct granted *out;
    bool is_used_twice;
};

static int give_token(struct renewal *renewal, const struct refresh_row *row, int64_t number, struct error *err)
{
    struct granted *out = renewal->out;

    renewal->next_number = number;
    out->grant_id = renewal->token.grant_id;
    out->account_id = row->account_id;
    out->generation = row->generation;
    out->client = row->client;
    return refresh_token_write(renewal->call, &out->grant_id, &row->salt, number, out->refresh_token, err);
}

static int rotate(struct renewal *renewal, struct db_unit *unit, const struct refresh_row *row, struct error *err)
{
    struct refresh_params params = {
        .id = renewal->token.grant_id,
        .number = row->number,
        .now = renewal->call->now,
        .expires = grant_expiry(renewal->call),
    };

    db_unit_expect(unit, &refresh_sql_rotate, &params);
    return give_token(renewal, row, row->number + 1, err);
}

/* Whoever sends a used token has copied it, or was copied from, unless it is the last used one, of a moment ago. */
static bool may_be_repeated(const struct renewal *renewal, const struct refresh_row *row)
{
    return renewal->token.number == row->number - 1 && row->rotated.us + REPEATABLE_US > renewal->call->now.us;
}

static int end_family(struct renewal *renewal, struct db_unit *unit, const struct refresh_row *row)
{
    const struct grant_ending ending = {
        .grant_id = renewal->token.grant_id,
        .account_id = row->account_id,
        .client = row->client,
        .action = "refresh_token.used_twice",
    };

    renewal->is_used_twice = true;
    grant_end(unit, renewal->call, &ending);
    return db_unit_refuse(unit, ERR_INVALID_GRANT,
                          "The refresh token has been used before; all tokens of its family are revoked.");
}

static int plan_exchange(struct db_unit *unit, void *context, struct error *err)
{
    struct renewal *renewal = context;
    const struct call *call = renewal->call;
    struct refresh_params params = {.id = renewal->token.grant_id};
    struct refresh_row row;
    int found = db_query_one(call->db, &refresh_sql_find_for_update, &params, call->arena, &row, err);

    renewal->next_number = 0;
    renewal->is_used_twice = false;
    if (found < 0)
        return -1;
    if (found == 0 || !text_equal(row.client, renewal->client) || !row.is_active || renewal->token.number > row.number)
        return error_set(err, ERR_INVALID_GRANT,
                         "The refresh token is unknown, has been revoked, or was issued to another client.");
    if (refresh_token_check(call, &renewal->token, &row.salt, err) < 0)
        return -1;
    if (renewal->token.number < row.number && !may_be_repeated(renewal, &row))
        return end_family(renewal, unit, &row);
    if (row.expires.us <= call->now.us)
        return error_set(err, ERR_INVALID_GRANT, "The refresh token has expired.");
    return renewal->token.number < row.number ? give_token(renewal, &row, row.number, err)
                                              : rotate(renewal, unit, &row, err);
}

/* Done if the grant has got as far as the next token. A refusal gives none, so it is done again. */
static int is_exchanged(struct db *db, void *context, struct error *err)
{
    const struct renewal *renewal = context;
    struct refresh_params params = {.id = renewal->token.grant_id};
    struct refresh_row row;
    int found = db_query_one(db, &refresh_sql_find, &params, renewal->call->arena, &row, err);

    return found <= 0 ? found : renewal->next_number != 0 && row.number >= renewal->next_number;
}

int refresh_exchange(const struct call *call, struct text refresh_token, struct text client, struct granted *out,
                     struct error *err)
{
    struct renewal renewal = {.call = call, .client = client, .out = out};
    struct db_work work = {.plan = plan_exchange, .locks = true, .is_done = is_exchanged, .context = &renewal};

    if (!refresh_token_read(refresh_token, &renewal.token))
        return error_set(err, ERR_INVALID_GRANT, "This server did not issue the refresh token.");
    if (db_transaction(call->db, call->arena, &work, err) == 0)
        return 0;
    if (!renewal.is_used_twice)
        event_forget(call);
    return -1;
}

int refresh_find(const struct call *call, struct text refresh_token, struct text client, struct refresh_state *out,
                 struct error *err)
{
    struct refresh_params params = {0};
    struct refresh_token token;
    struct refresh_row row;
    int found;

    if (!refresh_token_read(refresh_token, &token))
        return 0;
    params.id = token.grant_id;
    found = db_query_one(call->db, &refresh_sql_find, &params, call->arena, &row, err);
    if (found <= 0)
        return found;
    if (refresh_token_check(call, &token, &row.salt, err) < 0)
        return err->kind == ERR_INVALID_GRANT ? 0 : -1;
    *out = (struct refresh_state){.account_id = row.account_id, .username = row.username, .expires = row.expires};
    return row.is_active && row.expires.us > call->now.us && text_equal(row.client, client) &&
           token.number == row.number;
}

bool refresh_names_grant(struct text refresh_token, struct id *out)
{
    struct refresh_token token;

    if (!refresh_token_read(refresh_token, &token))
        return false;
    *out = token.grant_id;
    return true;
}
