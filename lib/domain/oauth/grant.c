#include "grant.h"

#include <jose/b64.h>
#include <string.h>

#include "base/digest.h"
#include "base/memory.h"
#include "base/text.h"
#include "db/db_unit.h"
#include "domain/access/caller.h"
#include "domain/access/secret.h"
#include "grant_sql.h"

#define CODE_LIFETIME_US (60 * US_PER_S)

/* Each work sets `refusal` instead of failing where what it wrote must be kept: the end of a family, a count. */
struct redeem {
    const struct call *call;
    const struct code_exchange *exchange;
    struct id code_id;
    struct digest digest;
    struct granted *out;
    const char *refusal;
};

struct refresh {
    const struct call *call;
    struct text client;
    struct id id;
    struct digest digest;
    struct granted *out;
    const char *refusal;
};

/* Reads the row's id and the digest from a secret. Returns false if the text has another form. */
static bool read_secret(struct text text, const char *prefix, struct id *id, struct digest *digest)
{
    struct secret secret;

    if (text.data == NULL || !secret_parse(text, prefix, &secret))
        return false;
    *id = secret.id;
    *digest = digest_of(text.data, text.length);
    memory_wipe(&secret, sizeof(secret));
    return true;
}

static int refuse(const char *refusal, struct error *err)
{
    return refusal == NULL ? 0 : error_set(err, ERR_INVALID_GRANT, "%s", refusal);
}

/* Grants */

static struct timestamp refresh_expiry(const struct call *call)
{
    return (struct timestamp){call->now.us + call->config->refresh_token_lifetime * US_PER_S};
}

int grant_insert(const struct call *call, const struct id *session_id, struct granted *out, struct error *err)
{
    struct grant_params params = {
        .id = out->grant_id,
        .account_id = out->account_id,
        .client = out->client,
        .session_id = *session_id,
        .digest = secret_make(SECRET_PREFIX_REFRESH_TOKEN, &out->grant_id, out->refresh_token),
        .now = call->now,
        .expires = refresh_expiry(call),
    };

    return caller_insert_credential(call->db, &grant_sql_insert, &params, err);
}

int grant_exists(struct db *db, struct arena *arena, const struct id *grant_id, struct error *err)
{
    struct grant_params params = {.id = *grant_id};
    struct grant_number_row row;

    return db_query_one(db, &grant_sql_exists, &params, arena, &row, err);
}

static int end_grant(struct db *db, const struct id *id, struct error *err)
{
    struct grant_params params = {.id = *id};

    return db_execute(db, &grant_sql_delete, &params, err) < 0 ? -1 : 0;
}

/* Authorization codes */

int grant_issue_code(const struct call *call, const struct code_request *request, char code[SECRET_TEXT_SIZE],
                     struct error *err)
{
    struct code_params params = {
        .id = id_new(call->now),
        .client_id = request->client_id,
        .account_id = request->account_id,
        .session_id = request->session_id,
        .redirect_uri = request->redirect_uri,
        .challenge = request->challenge,
        .expires.us = call->now.us + CODE_LIFETIME_US,
    };

    params.digest = secret_make(SECRET_PREFIX_CODE, &params.id, code);
    return db_execute(call->db, &grant_sql_code_insert, &params, err) < 0 ? -1 : 0;
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

static int refuse_verifier(struct redeem *redeem, const struct code_row *row, struct error *err)
{
    struct code_params params = {.id = redeem->code_id};
    bool is_last = row->wrong_verifiers + 1 >= GRANT_WRONG_VERIFIERS_MAX;

    redeem->refusal = "The code_verifier does not fit the code.";
    return db_execute(redeem->call->db, is_last ? &grant_sql_code_delete : &grant_sql_code_wrong, &params, err) < 0 ? -1
                                                                                                                    : 0;
}

/* Either the first or the second user of a code has stolen it: end what it was exchanged for. */
static int refuse_second_use(struct redeem *redeem, const struct code_row *row, struct error *err)
{
    struct code_params params = {.id = redeem->code_id};

    redeem->refusal = "The code has been used before; what was issued for it is revoked.";
    return end_grant(redeem->call->db, &row->grant_id, err) < 0 ||
                   db_execute(redeem->call->db, &grant_sql_code_delete, &params, err) < 0
               ? -1
               : 0;
}

static int exchange_code(struct redeem *redeem, const struct code_row *row, struct error *err)
{
    const struct call *call = redeem->call;
    struct granted *out = redeem->out;
    struct code_params params = {.id = redeem->code_id, .now = call->now};
    char client[ID_TEXT_SIZE];

    id_format(&row->client_id, client);
    out->account_id = row->account_id;
    out->grant_id = params.grant_id = id_new(call->now);
    out->client = text_of(arena_strndup(call->arena, client, ID_TEXT_SIZE - 1));
    if (grant_insert(call, &row->session_id, out, err) < 0)
        return -1;
    return db_execute(call->db, &grant_sql_code_use, &params, err) < 0 ? -1 : 0;
}

static int run_redeem(struct db_unit *unit, void *context, struct error *err)
{
    struct redeem *redeem = context;
    struct db *db = redeem->call->db;
    const struct code_exchange *exchange = redeem->exchange;
    struct code_params params = {.id = redeem->code_id};
    struct code_row row;
    int found = db_query_one(db, &grant_sql_code_find, &params, redeem->call->arena, &row, err);

    (void)unit;
    redeem->refusal = NULL;
    if (found < 0)
        return -1;
    if (found == 0 || !digest_equal(&row.digest, &redeem->digest) || !id_equal(&row.client_id, &exchange->client_id) ||
        !row.account_is_active) {
        redeem->refusal = "The code is unknown, or was issued to another client.";
        return 0;
    }
    if (row.used.us != 0)
        return refuse_second_use(redeem, &row, err);
    if (row.expires.us <= redeem->call->now.us || !text_equal(row.redirect_uri, exchange->redirect_uri)) {
        redeem->refusal = "The code has expired, or the redirect_uri is not that of the authorization request.";
        return 0;
    }
    if (!verifier_fits(row.challenge, exchange->verifier))
        return refuse_verifier(redeem, &row, err);
    return exchange_code(redeem, &row, err);
}

/* A refusal can be repeated; for a grant, asks whether it exists. */
static int is_redeemed(struct db *db, void *context, struct error *err)
{
    struct redeem *redeem = context;

    return redeem->refusal != NULL ? run_redeem(NULL, context, err) + 1
                                   : grant_exists(db, redeem->call->arena, &redeem->out->grant_id, err);
}

int grant_redeem_code(const struct call *call, const struct code_exchange *exchange, struct granted *out,
                      struct error *err)
{
    struct redeem redeem = {.call = call, .exchange = exchange, .out = out};
    struct db_work work = {.plan = run_redeem, .locks = true, .is_done = is_redeemed, .context = &redeem};

    if (!read_secret(exchange->code, SECRET_PREFIX_CODE, &redeem.code_id, &redeem.digest))
        return refuse("The code is none of this server.", err);
    return db_transaction(call->db, call->arena, &work, err) < 0 ? -1 : refuse(redeem.refusal, err);
}

/* Refresh tokens */

static int rotate(struct refresh *refresh, const struct grant_row *row, struct error *err)
{
    struct granted *out = refresh->out;
    struct grant_params params = {
        .id = refresh->id,
        .old_digest = refresh->digest,
        .digest = secret_make(SECRET_PREFIX_REFRESH_TOKEN, &refresh->id, out->refresh_token),
        .now = refresh->call->now,
        .expires = refresh_expiry(refresh->call),
    };

    out->grant_id = refresh->id;
    out->account_id = row->account_id;
    out->client = row->client;
    return db_execute(refresh->call->db, &grant_sql_remember_used, &params, err) < 0 ||
                   db_execute(refresh->call->db, &grant_sql_rotate, &params, err) < 0
               ? -1
               : 0;
}

/* Handles a token that is not the current one: it is invented, or was used before. */
static int refuse_old_token(struct refresh *refresh, struct error *err)
{
    struct grant_params params = {.id = refresh->id, .old_digest = refresh->digest};
    struct grant_number_row row;
    int used = db_query_one(refresh->call->db, &grant_sql_was_used, &params, refresh->call->arena, &row, err);

    refresh->refusal = used == 0 ? "The refresh token is unknown."
                                 : "The refresh token has been used before; all tokens of its family are revoked.";
    return used <= 0 ? used : end_grant(refresh->call->db, &refresh->id, err);
}

static int run_refresh(struct db_unit *unit, void *context, struct error *err)
{
    struct refresh *refresh = context;
    struct db *db = refresh->call->db;
    struct grant_params params = {.id = refresh->id};
    struct grant_row row;
    int found = db_query_one(db, &grant_sql_find_for_update, &params, refresh->call->arena, &row, err);

    (void)unit;
    refresh->refusal = NULL;
    if (found < 0)
        return -1;
    if (found == 0 || !text_equal(row.client, refresh->client) || !row.is_active) {
        refresh->refusal = "The refresh token is unknown, has been revoked, or was issued to another client.";
        return 0;
    }
    if (!digest_equal(&row.digest, &refresh->digest))
        return refuse_old_token(refresh, err);
    if (row.expires.us <= refresh->call->now.us) {
        refresh->refusal = "The refresh token has expired.";
        return 0;
    }
    return rotate(refresh, &row, err);
}

/* Done if the former token is recorded as used. */
static int is_refreshed(struct db *db, void *context, struct error *err)
{
    struct refresh *refresh = context;
    struct grant_params params = {.id = refresh->id, .old_digest = refresh->digest};
    struct grant_number_row row;

    if (refresh->refusal != NULL)
        return run_refresh(NULL, context, err) + 1;
    return db_query_one(db, &grant_sql_was_used, &params, refresh->call->arena, &row, err);
}

int grant_refresh(const struct call *call, struct text refresh_token, struct text client, struct granted *out,
                  struct error *err)
{
    struct refresh refresh = {.call = call, .client = client, .out = out};
    struct db_work work = {.plan = run_refresh, .locks = true, .is_done = is_refreshed, .context = &refresh};

    if (!read_secret(refresh_token, SECRET_PREFIX_REFRESH_TOKEN, &refresh.id, &refresh.digest))
        return refuse("The refresh token is none of this server.", err);
    return db_transaction(call->db, call->arena, &work, err) < 0 ? -1 : refuse(refresh.refusal, err);
}

bool grant_of_refresh_token(struct text refresh_token, struct id *out)
{
    struct digest digest;

    return read_secret(refresh_token, SECRET_PREFIX_REFRESH_TOKEN, out, &digest);
}

int grant_describe(const struct call *call, struct text refresh_token, struct text client, struct grant_state *out,
                   struct error *err)
{
    struct grant_params params = {.expires = call->now};
    struct digest digest;
    struct grant_row row;
    int found;

    if (!read_secret(refresh_token, SECRET_PREFIX_REFRESH_TOKEN, &params.id, &digest))
        return 0;
    found = db_query_one(call->db, &grant_sql_find, &params, call->arena, &row, err);
    if (found <= 0)
        return found;
    *out = (struct grant_state){.account_id = row.account_id, .username = row.username, .expires = row.expires};
    return row.is_active && row.expires.us > call->now.us && text_equal(row.client, client) &&
           digest_equal(&row.digest, &digest);
}

int grant_revoke(const struct call *call, const struct id *grant_id, struct text client, struct error *err)
{
    struct grant_params params = {.id = *grant_id, .client = client};

    return db_execute(call->db, &grant_sql_revoke, &params, err) < 0 ? -1 : 0;
}
