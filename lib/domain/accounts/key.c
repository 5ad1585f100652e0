#include "key.h"

#include <string.h>

#include "account_event.h"
#include "base/text.h"
#include "domain/name.h"
#include "key_sql.h"

static const struct {
    struct text name; /* in the database */
    const char *prefix;
    const char *word;
    const char *unknown;
    const char *created; /* the actions on record */
    const char *activated;
    const char *deactivated;
    const char *deleted;
} kinds[] = {
#define ACTIONS(type) type ".created", type ".activated", type ".deactivated", type ".deleted"
    [KEY_OF_SERVICE] = {TEXT("api_key"), SECRET_PREFIX_API_KEY, "key",
                        "there is no key with this id, or it is already as asked", ACTIONS("api_key")},
    [KEY_OF_USER] = {TEXT("personal_token"), SECRET_PREFIX_PERSONAL_TOKEN, "token",
                     "there is no token with this id, or it is already as asked", ACTIONS("personal_token")},
#undef ACTIONS
};

static struct text made_up_name(const struct call *call, enum key_kind kind, const struct id *key_id)
{
    char id[ID_TEXT_SIZE];

    id_format(key_id, id);
    return text_of(arena_printf(call->arena, "%s-%s", kinds[kind].word, id + 24));
}

/* What is on record */

static const struct key nothing;

/* Adds the event of a change to its transaction. `before` is all zeros of what is created, `after` of what is deleted.
 */
static void record(struct db_unit *unit, const struct call *call, const char *action, const struct account *account,
                   const struct key *before, const struct key *after)
{
    bool is_created = id_is_nil(&before->id);
    bool is_deleted = id_is_nil(&after->id);
    const struct key *key = is_deleted ? before : after;
    struct event event = {.action = action, .actor = event_operator(call)};

    event_target(&event, account->is_service ? "api_key" : "personal_token", &key->id, key->name);
    account_own_event(&event, account);
    event_changed_text(&event, call, "name", before->name, after->name);
    event_changed_bool(&event, "is_active", is_created ? NULL : &before->is_active,
                       is_deleted ? NULL : &after->is_active);
    event_changed_time(&event, call, "expires", before->expires, after->expires);
    event_changed_time(&event, call, "last_rotated", before->rotated, after->rotated);
    event_changed_time(&event, call, "retained_until", before->retained_until, after->retained_until);
    event_add(unit, call, &event);
}

/* Making */

struct making {
    const struct call *call;
    struct key_params params;
    const char *action;
};

static int plan_making(struct db_unit *unit, void *context, struct error *err)
{
    const struct making *making = context;
    const struct key_params *params = &making->params;
    struct key key = {.id = params->id, .name = params->name, .is_active = true, .expires = params->expires};
    struct account account;

    if (account_lock(making->call, &params->account_id, &account, err) < 0)
        return -1;
    db_unit_require(unit, &key_sql_insert, params, ERR_NOT_FOUND,
                    "the account has 100 keys and tokens already, the most it may have");
    record(unit, making->call, making->action, &account, &nothing, &key);
    return 0;
}

int key_create(const struct call *call, enum key_kind kind, const struct id *account_id, const char *name,
               struct timestamp expires, char secret[SECRET_TEXT_SIZE], struct error *err)
{
    struct making making = {
        .call = call,
        .params = {.id = id_new(call->now),
                   .account_id = *account_id,
                   .kind = kinds[kind].name,
                   .expires = expires,
                   .now = call->now},
        .action = kinds[kind].created,
    };
    struct db_work work = {.plan = plan_making, .locks = true, .context = &making};
    struct key_params *params = &making.params;
    struct name accepted;

    params->name = name != NULL ? text_of(name) : made_up_name(call, kind, &params->id);
    if (name_accept(call->arena, params->name, ACCOUNT_NAME_LENGTH_MAX, &accepted, err) < 0)
        return -1;
    params->name = accepted.text;
    params->secret = secret_make(kinds[kind].prefix, &params->id, secret);
    if (event_transaction(call, &work, err) == 0)
        return 0;
    return err->kind != ERR_EXISTS ? -1
                                   : error_set(err, ERR_EXISTS, "the account has a %s named '%s' already",
                                               kinds[kind].word, params->name.data);
}

int64_t key_list(const struct call *call, const struct id *account_id, struct key **out, struct error *err)
{
    struct key_params params = {.account_id = *account_id};

    return db_query_all(call->db, &key_sql_list, &params, call->arena, (void **)out, err);
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

/* Changing */

struct changing {
    const struct call *call;
    struct key_params params;
    enum key_kind kind;
    const char *action;
    const struct db_statement *statement;
    void (*apply)(const struct key_params *params, struct key *key);
};

static int plan_changing(struct db_unit *unit, void *context, struct error *err)
{
    const struct changing *changing = context;
    const struct call *call = changing->call;
    struct key_owned_row row;
    struct key after;
    int found = db_query_one(call->db, &key_sql_lock, &changing->params, call->arena, &row, err);

    if (found <= 0)
        return found < 0 ? -1 : error_set(err, ERR_NOT_FOUND, "%s", kinds[changing->kind].unknown);
    after = row.key;
    changing->apply(&changing->params, &after);
    db_unit_require(unit, changing->statement, &changing->params, ERR_NOT_FOUND, kinds[changing->kind].unknown);
    record(unit, call, changing->action, &row.account, &row.key, &after);
    return 0;
}

static int change(struct changing *changing, struct error *err)
{
    struct db_work work = {.plan = plan_changing, .locks = true, .context = changing};

    changing->params.kind = kinds[changing->kind].name;
    changing->params.now = changing->call->now;
    return event_transaction(changing->call, &work, err);
}

static void apply_rotation(const struct key_params *params, struct key *key)
{
    key->rotated = params->now;
    key->retained_until = params->retained_until;
}

int key_rotate(const struct call *call, const struct id *id, const char *secret, struct timestamp retained_until,
               struct error *err)
{
    struct changing changing = {
        .call = call,
        .params = {.id = *id, .secret = digest_of(secret, strlen(secret)), .retained_until = retained_until},
        .kind = KEY_OF_SERVICE,
        .action = "api_key.rotated",
        .statement = &key_sql_rotate,
        .apply = apply_rotation,
    };

    return change(&changing, err);
}

static void apply_activity(const struct key_params *params, struct key *key)
{
    key->is_active = params->is_active;
}

int key_set_active(const struct call *call, enum key_kind kind, const struct id *id, bool is_active, struct error *err)
{
    struct changing changing = {
        .call = call,
        .params = {.id = *id, .is_active = is_active},
        .kind = kind,
        .action = is_active ? kinds[kind].activated : kinds[kind].deactivated,
        .statement = &key_sql_set_active,
        .apply = apply_activity,
    };

    return change(&changing, err);
}

static void apply_end(const struct key_params *params, struct key *key)
{
    (void)params;
    *key = nothing;
}

int key_delete(const struct call *call, enum key_kind kind, const struct id *id, struct error *err)
{
    struct changing changing = {
        .call = call,
        .params = {.id = *id},
        .kind = kind,
        .action = kinds[kind].deleted,
        .statement = &key_sql_end,
        .apply = apply_end,
    };

    return change(&changing, err);
}
