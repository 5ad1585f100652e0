#include "code.h"

#include <jose/b64.h>
#include <string.h>

#include "base/text.h"
#include "code_sql.h"
#include "domain/events/event.h"

#define LIFETIME_US (60 * US_PER_S)

/* Refuses what did not become a row. */
static int refuse_request(const struct code_request *request, struct error *err)
{
    if (request->is_unasked)
        return error_set(err, ERR_CONSENT_REQUIRED, "The person must be asked about this client first.");
    return error_set(err, ERR_STALE_FORM,
                     N_("You have been signed out, or the application is no longer registered. Nothing was done. Go "
                        "back to where you came from and start again."));
}

int code_issue(const struct call *call, const struct code_request *request, char code[SECRET_TEXT_SIZE],
               struct error *err)
{
    struct code_params params = {
        .id = id_new(call->now),
        .client_id = request->client_id,
        .account_id = request->account_id,
        .session_id = request->session_id,
        .redirect_uri = request->redirect_uri,
        .challenge = request->challenge,
        .now = call->now,
        .expires.us = call->now.us + LIFETIME_US,
    };
    int64_t inserted;

    params.digest = secret_make(SECRET_PREFIX_CODE, &params.id, code);
    inserted = db_execute(call->db, request->is_unasked ? &code_sql_insert_unasked : &code_sql_insert, &params, err);
    if (inserted == 0)
        return refuse_request(request, err);
    return inserted < 0 ? -1 : 0;
}

/* RFC 7636, 4.1: 43 to 128 unreserved characters. */
static bool is_verifier(struct text verifier)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    return verifier.length >= 43 && verifier.length <= 128 && strspn(verifier.data, unreserved) == verifier.length;
}

/* RFC 7636, 4.6. A verifier without a challenge may be a downgrade attack (RFC 9700, 4.8.2). */
static bool verifier_fits(struct text challenge, struct text verifier)
{
    struct digest expected;
    struct digest given;

    if (challenge.data == NULL || verifier.data == NULL)
        return challenge.data == NULL && verifier.data == NULL;
    if (!is_verifier(verifier) || jose_b64_dec_buf(challenge.data, challenge.length, expected.bytes,
                                                   sizeof(expected.bytes)) != sizeof(expected.bytes))
        return false;
    given = digest_of(verifier.data, verifier.length);
    return digest_equal(&expected, &given);
}

/* A code on its way through its transaction. */
struct redeem {
    const struct call *call;
    const struct code_exchange *exchange;
    struct id code_id;
    struct digest digest;
    struct granted *out;
    bool is_second_use;
};

static int refuse_verifier(const struct redeem *redeem, struct db_unit *unit, const struct code_row *row)
{
    struct code_params params = {.id = redeem->code_id};
    bool is_last = row->wrong_verifiers + 1 >= CODE_WRONG_VERIFIERS_MAX;

    db_unit_add(unit, is_last ? &code_sql_delete : &code_sql_count_wrong, &params);
    return db_unit_refuse(unit, ERR_INVALID_GRANT, "The code_verifier does not match the code_challenge.");
}

/* Either the first or the second user of a code has stolen it: ends what it was exchanged for. */
static int refuse_second_use(struct redeem *redeem, struct db_unit *unit, const struct code_row *row)
{
    struct code_params params = {.id = redeem->code_id};

    char client[ID_TEXT_SIZE];
    struct grant_ending ending = {row->grant_id, row->account_id, {client, ID_TEXT_SIZE - 1}, "code.used_twice"};

    redeem->is_second_use = true;
    id_format(&row->client_id, client);
    grant_end(unit, redeem->call, &ending);
    db_unit_add(unit, &code_sql_delete, &params);
    return db_unit_refuse(unit, ERR_INVALID_GRANT, "The code has been used before; what was issued for it is revoked.");
}

static int grant(struct redeem *redeem, struct db_unit *unit, const struct code_row *row, struct error *err)
{
    const struct call *call = redeem->call;
    struct code_params params = {.id = redeem->code_id, .now = call->now};
    char client[ID_TEXT_SIZE];

    id_format(&row->client_id, client);
    redeem->out->account_id = row->account_id;
    redeem->out->client_id = row->client_id;
    redeem->out->client = text_of(arena_strndup(call->arena, client, ID_TEXT_SIZE - 1));
    if (grant_add(unit, call, &row->session_id, "authorization_code", redeem->out, err) < 0)
        return -1;
    params.grant_id = redeem->out->grant_id;
    db_unit_add(unit, &code_sql_use, &params);
    return 0;
}

static bool is_presented(const struct code_row *row, const struct redeem *redeem)
{
    return digest_equal(&row->digest, &redeem->digest) && id_equal(&row->client_id, &redeem->exchange->client_id) &&
           row->session_counts;
}

static int plan_redeem(struct db_unit *unit, void *context, struct error *err)
{
    struct redeem *redeem = context;
    const struct code_exchange *exchange = redeem->exchange;
    struct code_params params = {.id = redeem->code_id};
    struct code_row row;
    int found = db_query_one(redeem->call->db, &code_sql_find, &params, redeem->call->arena, &row, err);

    redeem->out->grant_id = (struct id){{0}};
    redeem->is_second_use = false;
    if (found < 0)
        return -1;
    if (found == 0 || !is_presented(&row, redeem))
        return error_set(err, ERR_INVALID_GRANT, "The code is unknown, or was issued to another client.");
    if (row.used.us != 0)
        return refuse_second_use(redeem, unit, &row);
    if (row.expires.us <= redeem->call->now.us || !text_equal(row.redirect_uri, exchange->redirect_uri))
        return error_set(err, ERR_INVALID_GRANT,
                         "The code has expired, or the redirect_uri differs from that of the authorization request.");
    if (!verifier_fits(row.challenge, exchange->verifier))
        return refuse_verifier(redeem, unit, &row);
    return grant(redeem, unit, &row, err);
}

/* A refusal gives no grant, so it is done again. */
static int is_granted(struct db *db, void *context, struct error *err)
{
    const struct redeem *redeem = context;

    return grant_exists(db, redeem->call->arena, &redeem->out->grant_id, err);
}

int code_redeem(const struct call *call, const struct code_exchange *exchange, struct granted *out, struct error *err)
{
    struct redeem redeem = {.call = call, .exchange = exchange, .out = out};
    struct db_work work = {.plan = plan_redeem, .locks = true, .is_done = is_granted, .context = &redeem};

    if (!secret_read(exchange->code, SECRET_PREFIX_CODE, &redeem.code_id, &redeem.digest))
        return error_set(err, ERR_INVALID_GRANT, "This server did not issue the code.");
    if (db_transaction(call->db, call->arena, &work, err) == 0)
        return 0;
    if (!redeem.is_second_use)
        event_forget(call);
    return -1;
}
