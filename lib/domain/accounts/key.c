#include "key.h"

#include <string.h>

#include "account.h"
#include "base/text.h"
#include "db/db_unit.h"
#include "domain/name.h"
#include "key_sql.h"

static const struct {
    struct text name; /* in the database */
    const char *prefix;
    const char *word;
    const char *unknown;
} kinds[] = {
    [KEY_OF_SERVICE] = {TEXT("api_key"), SECRET_PREFIX_API_KEY, "key",
                        "there is no key with this id, or it is already as asked"},
    [KEY_OF_USER] = {TEXT("personal_token"), SECRET_PREFIX_PERSONAL_TOKEN, "token",
                     "there is no token with this id, or it is already as asked"},
};

static struct text made_up_name(const struct call *call, enum key_kind kind, const struct id *key_id)
{
    char id[ID_TEXT_SIZE];

    id_format(key_id, id);
    return text_of(arena_printf(call->arena, "%s-%s", kinds[kind].word, id + 24));
}

int key_create(const struct call *call, enum key_kind kind, const struct id *account_id, const char *name,
               struct timestamp expires, char secret[SECRET_TEXT_SIZE], struct error *err)
{
    struct key_params params = {
        .id = id_new(call->now),
        .account_id = *account_id,
        .kind = kinds[kind].name,
        .expires = expires,
        .now = call->now,
    };
    struct name accepted;

    params.name = name != NULL ? text_of(name) : made_up_name(call, kind, &params.id);
    if (name_accept(call->arena, params.name, ACCOUNT_NAME_LENGTH_MAX, &accepted, err) < 0)
        return -1;
    params.name = accepted.text;
    params.secret = secret_make(kinds[kind].prefix, &params.id, secret);
    if (db_change(call->db, call->arena, &key_sql_insert, &params, ERR_NOT_FOUND,
                  "the account has 100 keys and tokens already, the most it may have, or no longer exists", err) == 0)
        return 0;
    return err->kind != ERR_EXISTS ? -1
                                   : error_set(err, ERR_EXISTS, "the account has a %s named '%s' already",
                                               kinds[kind].word, params.name.data);
}

int64_t key_list(const struct call *call, const struct id *account_id, struct key **out, struct error *err)
{
    struct key_params params = {.account_id = *account_id};

    return db_query_all(call->db, &key_sql_list, &params, call->arena, (void **)out, err);
}

static int change(const struct call *call, enum key_kind kind, const struct db_statement *statement,
                  struct key_params *params, struct error *err)
{
    params->kind = kinds[kind].name;
    params->now = call->now;
    return db_change(call->db, call->arena, statement, params, ERR_NOT_FOUND, kinds[kind].unknown, err);
}

int key_get(const struct call *call, enum key_kind kind, const struct id *id, struct key *out, struct error *err)
{
    struct key_params params = {.id = *id, .kind = kinds[kind].name};
    int found = db_query_one(call->db, &key_sql_find, &params, call->arena, out, err);

    return found == 0 ? error_set(err, ERR_NOT_FOUND, "%s", kinds[kind].unknown) : found < 0 ? -1 : 0;
}

int key_new_secret(const struct call *call, const struct id *id, char secret[SECRET_TEXT_SIZE], struct error *err)
{
    struct key row;

    if (key_get(call, KEY_OF_SERVICE, id, &row, err) < 0)
        return -1;
    if (row.expires.us != 0 && row.expires.us <= call->now.us)
        return error_set(err, ERR_FORBIDDEN, "the key has expired; make another one");
    secret_make(SECRET_PREFIX_API_KEY, id, secret);
    return 0;
}

int key_rotate(const struct call *call, const struct id *id, const char *secret, struct timestamp retained_until,
               struct error *err)
{
    struct key_params params = {
        .id = *id,
        .secret = digest_of(secret, strlen(secret)),
        .retained_until = retained_until,
    };

    return change(call, KEY_OF_SERVICE, &key_sql_rotate, &params, err);
}

int key_set_active(const struct call *call, enum key_kind kind, const struct id *id, bool is_active, struct error *err)
{
    struct key_params params = {.id = *id, .is_active = is_active};

    return change(call, kind, &key_sql_set_active, &params, err);
}

int key_delete(const struct call *call, enum key_kind kind, const struct id *id, struct error *err)
{
    struct key_params params = {.id = *id};

    return change(call, kind, &key_sql_end, &params, err);
}
