/* How keys are made, changed and ended. The key is read without a lock, and written on condition of its revision;
 * whoever comes second starts again, and then waits for the row. A write also names the caller: whose credential has
 * ended since it was read gets nothing. In an organization the end of its chain is locked first, so that the caller
 * still has all that the service account has when the key is written. */
#include <string.h>

#include "account_event.h"
#include "base/text.h"
#include "domain/access/access.h"
#include "domain/access/idempotency.h"
#include "domain/name.h"
#include "key_private.h"

#define MINUTE_US (60 * US_PER_S)

static const struct key nothing;

struct key_write {
    const struct call *call;
    const struct key_owner *owner;
    const struct key_input *input; /* of a change */
    struct text new_hint;          /* of a rotation */
    const struct precondition *precondition;
    struct key_params params;
    enum key_action action;
    struct key_row before;
    struct principal principal;
    /* By a caller, and by an operator. */
    const struct db_statement *const *statements;
    const struct db_statement *as_operator;
};

static void add_statement(struct db_unit *unit, const struct key_write *write)
{
    const struct db_statement *statement = access_is_operator(write->call)
                                               ? write->as_operator
                                               : caller_statement(write->statements, &write->params.caller);

    db_unit_expect(unit, statement, &write->params);
}

/* What is on record. `before` is all zeros of what is created, `after` of what is deleted. */
static void record(struct db_unit *unit, const struct key_write *write, const char *action, const struct key *before,
                   const struct key *after)
{
    const struct call *call = write->call;
    bool is_created = id_is_nil(&before->id);
    bool is_deleted = id_is_nil(&after->id);
    const struct key *key = is_deleted ? before : after;
    struct event event = {.action = action, .actor = event_caller(call, &write->principal.account_id)};

    event_target(&event, key_kinds[write->owner->kind].name.data, &key->id, key->name);
    account_own_event(&event, &write->before.account);
    event_changed_text(&event, call, "name", before->name, after->name);
    event_changed_text(&event, call, "description", before->description, after->description);
    event_changed_bool(&event, "is_active", is_created ? NULL : &before->is_active,
                       is_deleted ? NULL : &after->is_active);
    event_changed_time(&event, call, "expires", before->expires, after->expires);
    event_changed_time(&event, call, "last_rotated", before->rotated, after->rotated);
    event_changed_time(&event, call, "retained_until", before->retained_until, after->retained_until);
    event_add(unit, call, &event);
}

/* The last characters of the secret, in the arena. */
static struct text hint_of(const struct call *call, const char *secret)
{
    return text_of(arena_printf(call->arena, "%s", secret + SECRET_TEXT_SIZE - 1 - KEY_HINT_LENGTH));
}

static int explain(const struct key_write *write, struct error *err)
{
    if (err->kind != ERR_EXISTS || strcmp(db_duplicate_key(write->call->db), "orgd_credentials_name") != 0)
        return -1;
    return error_set(err, ERR_EXISTS, "The account has a %s named '%s' already.", key_kinds[write->owner->kind].word,
                     write->params.key.name.data);
}

/* Making */

static int lock_account(const struct key_write *write, struct error *err)
{
    struct account locked;

    if (key_is_in_organization(write->owner))
        return event_lock_chain(write->call, &write->owner->organization_id, err);
    /* If the account is gone, what is read next says what that means to the caller. */
    if (account_lock(write->call, &write->before.account.id, &locked, err) < 0 && err->kind != ERR_NOT_FOUND)
        return -1;
    return 0;
}

/* The event comes first: it writes the row where the account's events end. So keys are counted one after another, on
 * all database nodes. */
static int plan_creation(struct db_unit *unit, void *context, struct error *err)
{
    struct key_write *write = context;
    const struct key_params account = key_params_of(write->call, write->owner, &nothing.id);

    if (unit->locks && lock_account(write, err) < 0)
        return -1;
    if (key_see(write->call, write->owner, &account, KEY_CREATE, &write->before, &write->principal, err) < 0)
        return -1;
    if (write->before.key_count >= KEY_MAX)
        return error_set(err, ERR_FORBIDDEN, "The account has %d keys and tokens already, the most it may have.",
                         KEY_MAX);
    write->params.account_id = write->before.account.id;
    idempotency_keep(unit, write->call, &write->principal.account_id, &write->params.key);
    record(unit, write, key_kinds[write->owner->kind].created, &nothing, &write->params.key);
    add_statement(unit, write);
    return 0;
}

static struct text made_up_name(const struct call *call, enum key_kind kind, const struct id *key_id)
{
    char id[ID_TEXT_SIZE];

    id_format(key_id, id);
    return text_of(arena_printf(call->arena, "%s-%s", key_kinds[kind].word, id + 24));
}

static int accept_name(const struct call *call, struct text *name, struct error *err)
{
    struct name accepted;

    if (name_accept(call->arena, *name, ACCOUNT_NAME_LENGTH_MAX, &accepted, err) < 0)
        return -1;
    *name = accepted.text;
    return 0;
}

int key_create(const struct call *call, const struct key_owner *owner, const struct key_input *input, struct key *out,
               char secret[SECRET_TEXT_SIZE], struct error *err)
{
    struct key_write write = {
        .call = call,
        .owner = owner,
        .params = key_params_of(call, owner, &nothing.id),
        .statements = key_sql_insert,
        .as_operator = &key_sql_insert_as_operator,
    };
    struct db_work work = {.plan = plan_creation, .locks = key_is_in_organization(owner), .context = &write};
    struct key *key = &write.params.key;

    *key = (struct key){
        .id = id_new(call->now),
        .name = input->name,
        .description = input->description,
        .is_active = true,
        .created = call->now,
        .revision = 1,
    };
    if (input->given.expires_in_minutes)
        key->expires.us = call->now.us + input->expires_in_minutes * MINUTE_US;
    if (key->name.data == NULL)
        key->name = made_up_name(call, owner->kind, &key->id);
    if (accept_name(call, &key->name, err) < 0)
        return -1;
    write.params.secret = secret_make(key_kinds[owner->kind].prefix, &key->id, secret);
    write.params.maximum = KEY_MAX;
    key->hint = hint_of(call, secret);
    if (event_transaction(call, &work, err) < 0)
        return explain(&write, err);
    *out = *key;
    return 0;
}

/* Changing */

static int lock_key(const struct key_write *write, struct error *err)
{
    struct key_row locked;

    if (key_is_in_organization(write->owner))
        return event_lock_chain(write->call, &write->owner->organization_id, err);
    return db_query_one(write->call->db, &key_sql_lock, &write->params, write->call->arena, &locked, err) < 0 ? -1 : 0;
}

static int see_for_write(const struct db_unit *unit, struct key_write *write, struct error *err)
{
    char etag[KEY_ETAG_SIZE];

    if (unit->locks && lock_key(write, err) < 0)
        return -1;
    if (key_see(write->call, write->owner, &write->params, write->action, &write->before, &write->principal, err) < 0)
        return -1;
    key_etag(&write->before.key, etag);
    return precondition_check(write->precondition, etag, "key", err);
}

/* Adds the change from write->before to params->key, and what is on record about it. */
static void add_change(struct db_unit *unit, struct key_write *write, const char *action)
{
    struct key_params *params = &write->params;

    params->account_id = write->before.account.id;
    params->key.revision = write->before.key.revision;
    add_statement(unit, write);
    record(unit, write, action, &write->before.key, &params->key);
    params->key.revision++;
}

static int change(struct key_write *write, int (*plan)(struct db_unit *unit, void *context, struct error *err),
                  struct key *out, struct error *err)
{
    struct db_work work = {.plan = plan, .locks = key_is_in_organization(write->owner), .context = write};

    if (event_transaction(write->call, &work, err) < 0)
        return explain(write, err);
    *out = write->params.key;
    return 0;
}

static int plan_update(struct db_unit *unit, void *context, struct error *err)
{
    struct key_write *write = context;
    const struct key_kind_names *kind = &key_kinds[write->owner->kind];
    const struct key_input *input = write->input;
    const struct key *before = &write->before.key;
    struct key *after = &write->params.key;

    if (see_for_write(unit, write, err) < 0)
        return -1;
    *after = *before;
    if (input->given.name)
        after->name = input->name;
    if (input->given.description)
        after->description = input->description;
    if (input->given.is_active)
        after->is_active = input->is_active;
    if (after->is_active != before->is_active)
        add_change(unit, write, after->is_active ? kind->activated : kind->deactivated);
    else if (!text_is_same(after->name, before->name) || !text_is_same(after->description, before->description))
        add_change(unit, write, kind->updated);
    return 0;
}

int key_update(const struct call *call, const struct key_owner *owner, const struct id *id,
               const struct key_input *input, const struct precondition *precondition, struct key *out,
               struct error *err)
{
    struct key_input accepted = *input;
    struct key_write write = {
        .call = call,
        .owner = owner,
        .input = &accepted,
        .precondition = precondition,
        .params = key_params_of(call, owner, id),
        .action = input->given.is_active && input->is_active ? KEY_OPEN : KEY_UPDATE,
        .statements = key_sql_update,
        .as_operator = &key_sql_update_as_operator,
    };

    if (input->given.name && accept_name(call, &accepted.name, err) < 0)
        return -1;
    return change(&write, plan_update, out, err);
}

static int plan_rotation(struct db_unit *unit, void *context, struct error *err)
{
    struct key_write *write = context;
    struct key *after = &write->params.key;

    if (see_for_write(unit, write, err) < 0 || key_check_life(write->call, &write->before.key, err) < 0)
        return -1;
    *after = write->before.key;
    after->hint = write->new_hint;
    after->rotated = write->call->now;
    if (write->input->retain_period_minutes > 0)
        after->retained_until.us = write->call->now.us + write->input->retain_period_minutes * MINUTE_US;
    else
        after->retained_until.us = 0;
    after->revision = write->before.key.revision + 1;
    idempotency_keep(unit, write->call, &write->principal.account_id, after);
    add_change(unit, write, key_kinds[write->owner->kind].rotated);
    return 0;
}

int key_rotate(const struct call *call, const struct key_owner *owner, const struct id *id,
               const struct key_input *input, const struct precondition *precondition, char secret[SECRET_TEXT_SIZE],
               struct key *out, struct error *err)
{
    struct key_write write = {
        .call = call,
        .owner = owner,
        .input = input,
        .precondition = precondition,
        .params = key_params_of(call, owner, id),
        .action = KEY_OPEN,
        .statements = key_sql_rotate,
        .as_operator = &key_sql_rotate_as_operator,
    };

    if (secret[0] == '\0')
        secret_make(key_kinds[owner->kind].prefix, id, secret);
    write.params.secret = digest_of(secret, SECRET_TEXT_SIZE - 1);
    write.new_hint = hint_of(call, secret);
    return change(&write, plan_rotation, out, err);
}

static int plan_end(struct db_unit *unit, void *context, struct error *err)
{
    struct key_write *write = context;

    if (see_for_write(unit, write, err) < 0)
        return -1;
    write->params.account_id = write->before.account.id;
    write->params.key.revision = write->before.key.revision;
    add_statement(unit, write);
    record(unit, write, key_kinds[write->owner->kind].deleted, &write->before.key, &nothing);
    return 0;
}

int key_delete(const struct call *call, const struct key_owner *owner, const struct id *id,
               const struct precondition *precondition, struct error *err)
{
    struct key_write write = {
        .call = call,
        .owner = owner,
        .precondition = precondition,
        .params = key_params_of(call, owner, id),
        .action = KEY_DELETE,
        .statements = key_sql_end,
        .as_operator = &key_sql_end_as_operator,
    };
    struct key ended;

    return change(&write, plan_end, &ended, err);
}
