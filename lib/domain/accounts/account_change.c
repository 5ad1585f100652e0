/* How operators change users. The row is locked before it is read, so that what is on record is what was there. */
#include "account_event.h"
#include "account_private.h"
#include "domain/address.h"
#include "domain/name.h"
#include "session.h"

struct planned_change {
    const struct call *call;
    struct id id;
    const struct account_change *change;
    struct account_params params; /* of what the last plan wanted to write */
};

static void apply(const struct account_change *change, struct account *account)
{
    if (change->email != NULL) {
        account->email = *change->email;
        account->email_verified = change->email_verified && change->email->data != NULL;
    }
    if (change->full_name != NULL)
        account->full_name = *change->full_name;
    if (change->is_superuser != NULL)
        account->is_superuser = *change->is_superuser;
    if (change->organization_limit != NULL)
        account->organization_limit = *change->organization_limit;
}

/* Writes the fields, and what is on record about them, if one of them is another one now. */
static void plan_fields(struct db_unit *unit, const struct planned_change *planned, const struct account *before)
{
    const struct account_params *params = &planned->params;
    struct event event = account_event(planned->call, &account_updated, before, &params->account);

    if (event.change_count == 0)
        return;
    db_unit_add(unit, &account_sql_change, params);
    if (params->account.is_superuser != before->is_superuser)
        db_unit_add(unit, &account_sql_set_superuser, params);
    event.actor = event_operator(planned->call);
    event_add(unit, planned->call, &event);
}

static void plan_password(struct db_unit *unit, const struct planned_change *planned)
{
    struct event event = {.action = "user.password_changed", .actor = event_operator(planned->call)};

    session_plan_password(unit, planned->call, &planned->id, planned->change->password_hash);
    account_own_event(&event, &planned->params.account);
    event_add(unit, planned->call, &event);
}

static int plan_change(struct db_unit *unit, void *context, struct error *err)
{
    struct planned_change *planned = context;
    struct account_params *params = &planned->params;
    struct account before;

    if (account_lock(planned->call, &planned->id, &before, err) < 0)
        return -1;
    *params = (struct account_params){.account = before, .now = planned->call->now};
    apply(planned->change, &params->account);
    params->email_key = address_key(planned->call->arena, params->account.email, params->account.email_verified);
    plan_fields(unit, planned, &before);
    if (planned->change->password_hash.data != NULL)
        plan_password(unit, planned);
    return 0;
}

int account_change(const struct call *call, const struct id *id, const struct account_change *change, struct error *err)
{
    struct planned_change planned = {.call = call, .id = *id, .change = change};
    struct db_work work = {.plan = plan_change, .locks = true, .context = &planned};
    struct account wanted = {.name = {NULL, 0}};

    apply(change, &wanted);
    if (account_check_details(&wanted, err) < 0)
        return -1;
    if (event_transaction(call, &work, err) == 0)
        return 0;
    return err->kind == ERR_EXISTS ? account_refuse_address(call, &planned.params, err) : -1;
}

struct renaming {
    const struct call *call;
    struct account_params params;
};

static int plan_renaming(struct db_unit *unit, void *context, struct error *err)
{
    const struct renaming *renaming = context;
    const struct account_params *params = &renaming->params;
    struct account before;
    struct account after;

    if (account_lock(renaming->call, &params->account.id, &before, err) < 0)
        return -1;
    if (text_equal(before.name, params->account.name))
        return 0;
    after = before;
    after.name = params->account.name;
    db_unit_add(unit, &account_sql_rename, params);
    account_record(unit, renaming->call, &account_updated, &before, &after);
    return 0;
}

int account_rename(const struct call *call, const struct id *id, const char *name, struct error *err)
{
    struct renaming renaming = {.call = call, .params = {.account.id = *id, .now = call->now}};
    struct db_work work = {.plan = plan_renaming, .locks = true, .context = &renaming};
    struct name accepted;

    if (name_accept(call->arena, text_of(name), ACCOUNT_NAME_LENGTH_MAX, &accepted, err) < 0)
        return -1;
    renaming.params.account.name = accepted.text;
    renaming.params.name_key = accepted.key;
    if (event_transaction(call, &work, err) == 0)
        return 0;
    return err->kind == ERR_EXISTS ? account_refuse_name(&renaming.params.account, err) : -1;
}
