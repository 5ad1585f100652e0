#include "account_import.h"

#include <stdlib.h>
#include <string.h>

#include "account_event.h"
#include "account_import_sql.h"
#include "account_sql.h"
#include "base/text.h"
#include "domain/address.h"
#include "domain/name.h"
#include "password.h"
#include "session.h"

static int check_address(const struct call *call, const struct account_params *params, struct error *err)
{
    struct account_row owner;
    int found;

    if (params->email_key.data == NULL)
        return 0;
    found = db_query_one(call->db, &account_sql_find_by_address, params, call->arena, &owner, err);
    if (found <= 0)
        return found;
    return error_set(err, ERR_EXISTS, "the address %s is a verified one of '%s' already", params->account.email.data,
                     owner.account.name.data);
}

int account_import_check(const struct call *call, struct account_import *user, struct error *err)
{
    const struct account_params *params;
    struct account_row row;
    int found;

    user->exists = false;
    if (account_prepare(call, &user->account, &params, err) < 0)
        return -1;
    found = db_query_one(call->db, &account_sql_find_user, params, call->arena, &row, err);
    if (found < 0)
        return -1;
    user->exists = found > 0;
    if (!user->exists && check_address(call, params, err) < 0)
        return -1;
    return user->password_hash.data == NULL ? 0 : password_hash_check(call->arena, user->password_hash, err);
}

/* Twins */

struct keyed {
    struct text key;
    size_t place;
};

static int compare(const void *a, const void *b)
{
    const struct keyed *left = a;
    const struct keyed *right = b;
    size_t shorter = left->key.length < right->key.length ? left->key.length : right->key.length;
    int order = memcmp(left->key.data, right->key.data, shorter);

    if (order == 0 && left->key.length != right->key.length)
        return left->key.length < right->key.length ? -1 : 1;
    return order != 0 ? order : left->place < right->place ? -1 : 1;
}

static void find_twins(struct keyed *keys, size_t count, struct account_import *list)
{
    qsort(keys, count, sizeof(*keys), compare);
    for (size_t i = 1; i < count; i++)
        if (text_equal(keys[i].key, keys[i - 1].key) && list[keys[i].place].twin == 0)
            list[keys[i].place].twin = keys[i - 1].place + 1;
}

void account_import_find_twins(const struct call *call, struct account_import *list, size_t count)
{
    struct keyed *keys = arena_alloc(call->arena, (count + 1) * sizeof(*keys));
    size_t addresses = 0;

    for (size_t i = 0; i < count; i++) {
        list[i].twin = 0;
        keys[i] = (struct keyed){name_key(call->arena, list[i].account.name), i};
    }
    find_twins(keys, count, list);
    for (size_t i = 0; i < count; i++) {
        struct text key = address_key(call->arena, list[i].account.email, list[i].account.email_verified);

        if (key.data != NULL)
            keys[addresses++] = (struct keyed){key, i};
    }
    find_twins(keys, addresses, list);
}

/* Writing */

struct writing {
    const struct call *call;
    const struct account_params *params;
    struct text password_hash;
};

static int plan_writing(struct db_unit *unit, void *context, struct error *err)
{
    const struct writing *writing = context;
    struct event event = account_event(writing->call, &account_created, NULL, &writing->params->account);

    (void)err;
    event.actor = event_operator(writing->call);
    account_plan_creation(unit, writing->params);
    if (writing->password_hash.data != NULL) {
        session_plan_password(unit, writing->call, &writing->params->account.id, writing->password_hash);
        event_changed_bool(&event, "has_password", NULL, &(const bool){true});
    }
    event_add(unit, writing->call, &event);
    return 0;
}

int account_import_write(const struct call *call, const struct account_import *user, struct error *err)
{
    struct writing writing = {.call = call, .password_hash = user->password_hash};
    struct db_work work = {.plan = plan_writing, .context = &writing};

    if (account_prepare(call, &user->account, &writing.params, err) < 0)
        return -1;
    if (event_transaction(call, &work, err) == 0)
        return 0;
    if (err->kind != ERR_EXISTS)
        return -1;
    return error_set(err, ERR_EXISTS, "somebody else has just taken the name or the address");
}

int64_t account_export(const struct call *call, struct account_import **out, struct error *err)
{
    return db_query_all(call->db, &account_import_sql_export, NULL, call->arena, (void **)out, err);
}
