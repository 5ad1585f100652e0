/* How accounts end, for a while or for good. The account's row comes first, so that nobody signs in or is granted
 * anything behind it. */
#include "account_event.h"
#include "account_private.h"
#include "session.h"

#define OWNED_NAMED 3

/* The end of an account, and for a while also its beginning anew. */
struct ending {
    const struct call *call;
    struct account_params params;
};

static int plan_set_active(struct db_unit *unit, void *context, struct error *err)
{
    const struct ending *ending = context;
    const struct account_params *params = &ending->params;
    bool is_active = params->account.is_active;
    struct account before;
    struct account after;

    if (account_lock(ending->call, &params->account.id, &before, err) < 0)
        return -1;
    if (before.is_active == is_active)
        return 0;
    after = before;
    after.is_active = is_active;
    db_unit_add(unit, &account_sql_set_active, params);
    if (!is_active)
        session_end_all(unit, &params->account.id, params->now);
    account_record(unit, ending->call, is_active ? &account_activated : &account_deactivated, &before, &after);
    return 0;
}

int account_set_active(const struct call *call, const struct id *id, bool is_active, struct error *err)
{
    struct ending ending = {.call = call, .params = {.account = {.id = *id, .is_active = is_active}, .now = call->now}};
    struct db_work work = {.plan = plan_set_active, .locks = true, .context = &ending};

    return event_transaction(call, &work, err);
}

static int plan_end_service(struct db_unit *unit, void *context, struct error *err)
{
    const struct ending *ending = context;
    const struct account_params *params = &ending->params;
    struct account before;

    if (account_lock(ending->call, &params->account.id, &before, err) < 0)
        return -1;
    db_unit_add(unit, &account_sql_end_service, params);
    db_unit_add(unit, &account_sql_end_keys, params);
    db_unit_add(unit, &account_sql_end_membership, params);
    account_record(unit, ending->call, &account_deleted, &before, NULL);
    return 0;
}

int account_delete_service(const struct call *call, const struct account *service, struct error *err)
{
    struct ending ending = {.call = call, .params = {.account = *service, .now = call->now}};
    struct db_work work = {.plan = plan_end_service, .locks = true, .context = &ending};

    return event_transaction(call, &work, err);
}

static int plan_end_user(struct db_unit *unit, void *context, struct error *err)
{
    const struct ending *ending = context;
    const struct account_params *params = &ending->params;
    struct account before;

    if (account_lock(ending->call, &params->account.id, &before, err) < 0)
        return -1;
    db_unit_require(unit, &account_sql_end_user, params, ERR_FORBIDDEN, ACCOUNT_GONE);
    db_unit_add(unit, &account_sql_delete_external, params);
    db_unit_add(unit, &account_sql_unlink, params);
    db_unit_add(unit, &account_sql_end_keys, params);
    db_unit_add(unit, &account_sql_delete_password, params);
    db_unit_add(unit, &account_sql_end_memberships, params);
    account_record(unit, ending->call, &account_deleted, &before, NULL);
    return 0;
}

/* Says why the user did not end: names some of what it owns, if anything. */
static int explain_owner(const struct ending *ending, struct error *err)
{
    const struct call *call = ending->call;
    struct account_row *owned = NULL;
    int64_t count = db_query_all(call->db, &account_sql_owned, &ending->params, call->arena, (void **)&owned, err);
    const char *names = "";

    if (count < 0)
        return -1;
    if (count == 0)
        return error_set(err, ERR_NOT_FOUND, ACCOUNT_GONE);
    for (int64_t i = 0; i < count && i < OWNED_NAMED; i++)
        names = arena_printf(call->arena, "%s%s'%s'", names, i == 0 ? "" : ", ", owned[i].account.name.data);
    return error_set(err, ERR_FORBIDDEN,
                     "the user owns organizations: %s%s; give each of them another owner, or delete it, first", names,
                     count > OWNED_NAMED ? " and others" : "");
}

int account_delete_user(const struct call *call, const struct account *user, struct error *err)
{
    struct ending ending = {.call = call, .params = {.account = *user, .now = call->now}};
    struct db_work work = {.plan = plan_end_user, .locks = true, .context = &ending};

    if (event_transaction(call, &work, err) == 0)
        return 0;
    return err->kind == ERR_FORBIDDEN ? explain_owner(&ending, err) : -1;
}
