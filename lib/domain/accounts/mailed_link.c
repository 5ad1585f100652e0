#include "mailed_link.h"

#include "base/memory.h"
#include "base/text.h"
#include "domain/access/secret.h"
#include "domain/address.h"
#include "mailed_link_sql.h"

static const char dead[] =
    N_("This link is incomplete, or does not work any more: it can be used once, within an hour, and a newer one takes "
       "its place. Ask for another one.");

const struct mailed_link_kind mailed_link_password = {
    .name = "password",
    .prefix = SECRET_PREFIX_PASSWORD_LINK,
    .path = "/account/reset-password",
    .refusal = REFUSAL_PASSWORD_RESET,
    .insert = &mailed_link_sql_insert_for_password,
};
const struct mailed_link_kind mailed_link_address = {
    .name = "address",
    .prefix = SECRET_PREFIX_ADDRESS_LINK,
    .path = "/account/confirm-address",
    .refusal = REFUSAL_ADDRESS,
    .insert = &mailed_link_sql_insert_for_address,
};

const char *mailed_link_plan(struct db_unit *unit, const struct call *call, const struct mailed_link_kind *kind,
                             const struct account *account)
{
    struct mailed_link_params params = {
        .id = id_new(call->now),
        .account_id = account->id,
        .kind = text_of(kind->name),
        .email = account->email,
        .email_key = address_key(call->arena, account->email, true),
        .expires.us = call->now.us + MAILED_LINK_US,
    };
    char secret[SECRET_TEXT_SIZE];
    const char *link;

    params.digest = secret_make(kind->prefix, &params.id, secret);
    link = arena_printf(call->arena, "%s%s?secret=%s", call->config->public_url, kind->path, secret);
    memory_wipe(secret, sizeof(secret));
    db_unit_require(unit, kind->insert, &params, ERR_NOT_FOUND, "The account has changed meanwhile.");
    return link;
}

static int refuse_dead(struct error *err)
{
    return error_set(err, ERR_NOT_FOUND, "%s", dead);
}

static int refuse(const struct call *call, const struct mailed_link_kind *kind, const struct mailed_link_row *row,
                  struct error *err)
{
    const struct refusal refusal = {
        .kind = kind->refusal,
        .reason = arena_strndup(call->arena, row->reason.data, row->reason.length),
        .subject = {row->account_id, row->username},
    };

    refusal_note(call, &refusal);
    return refuse_dead(err);
}

int mailed_link_open(const struct call *call, const struct mailed_link_kind *kind, struct text secret,
                     struct mailed_link_visit *out, struct error *err)
{
    struct mailed_link_params params = {.kind = text_of(kind->name), .now = call->now};
    struct mailed_link_row row;
    int found;

    if (!secret_read(secret, kind->prefix, &params.id, &params.digest))
        return refuse_dead(err);
    found = db_query_one(call->db, &mailed_link_sql_open, &params, call->arena, &row, err);
    if (found <= 0)
        return found < 0 ? -1 : refuse_dead(err);
    if (row.reason.data != NULL)
        return refuse(call, kind, &row, err);
    *out = (struct mailed_link_visit){
        .id = params.id,
        .account_id = row.account_id,
        .digest = params.digest,
        .username = row.username,
        .email = row.email,
        .email_key = row.email_key,
    };
    return 0;
}

/* A link for a new password counts while the address is verified, one that proves it as long as it is not. */
static bool is_for(const struct call *call, const struct mailed_link_kind *kind, const struct mailed_link_visit *visit,
                   const struct account *account)
{
    struct text key = address_key(call->arena, account->email, true);

    return account->is_active && account->email_verified == (kind == &mailed_link_password) && key.data != NULL &&
           text_equal(key, visit->email_key);
}

int mailed_link_use(struct db_unit *unit, const struct call *call, const struct mailed_link_kind *kind,
                    const struct mailed_link_visit *visit, struct account *out, struct error *err)
{
    const struct mailed_link_params params = {.id = visit->id, .digest = visit->digest, .now = call->now};

    if (account_lock(call, &visit->account_id, out, err) < 0)
        return err->kind == ERR_NOT_FOUND ? refuse_dead(err) : -1;
    if (!is_for(call, kind, visit, out))
        return refuse_dead(err);
    db_unit_require(unit, &mailed_link_sql_use, &params, ERR_NOT_FOUND, dead);
    return 0;
}
