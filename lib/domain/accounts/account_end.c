/* How accounts end for good. The account's row comes first, so that nobody signs in or is granted anything behind it.
 */
#include "account_event.h"
#include "account_private.h"

#define OWNED_NAMED 3

static void plan_end_service(struct db_unit *unit, const struct account_params *params)
{
    db_unit_expect(unit, &account_sql_end_service, params);
    db_unit_add(unit, &account_sql_end_keys, params);
    db_unit_add(unit, &account_sql_leave_teams, params);
    db_unit_add(unit, &account_sql_drop_roles, params);
    db_unit_add(unit, &account_sql_end_membership, params);
}

static void plan_end_user(struct db_unit *unit, const struct account_params *params)
{
    db_unit_require(unit, &account_sql_end_user, params, ERR_FORBIDDEN, ACCOUNT_GONE);
    db_unit_add(unit, &account_sql_delete_external, params);
    db_unit_add(unit, &account_sql_unlink, params);
    db_unit_add(unit, &account_sql_end_keys, params);
    db_unit_add(unit, &account_sql_delete_password, params);
    db_unit_add(unit, &account_sql_end_memberships, params);
}

void account_plan_end(struct db_unit *unit, const struct call *call, const struct event_actor *actor,
                      const struct account *before)
{
    const struct account_params params = {.account = *before, .now = call->now};
    struct event event = account_event(call, &account_deleted, before, NULL);

    if (before->is_service)
        plan_end_service(unit, &params);
    else
        plan_end_user(unit, &params);
    event.actor = *actor;
    event_add(unit, call, &event);
}

int account_explain_owner(const struct call *call, const struct id *id, struct error *err)
{
    const struct account_params params = {.account.id = *id};
    struct account_row *owned = NULL;
    int64_t count = db_query_all(call->db, &account_sql_owned, &params, call->arena, (void **)&owned, err);
    const char *names = "";

    if (count < 0)
        return -1;
    if (count == 0)
        return error_set(err, ERR_NOT_FOUND, ACCOUNT_GONE);
    for (int64_t i = 0; i < count && i < OWNED_NAMED; i++)
        names = arena_printf(call->arena, "%s%s'%s'", names, i == 0 ? "" : ", ", owned[i].account.name.data);
    return error_set(err, ERR_FORBIDDEN,
                     "The user owns organizations: %s%s; give each of them another owner, or delete it, first.", names,
                     count > OWNED_NAMED ? " and others" : "");
}

/* For operators */

struct ending {
    const struct call *call;
    struct id id;
};

static int plan_end(struct db_unit *unit, void *context, struct error *err)
{
    const struct ending *ending = context;
    struct event_actor actor = event_operator(ending->call);
    struct account before;

    if (account_lock(ending->call, &ending->id, &before, err) < 0)
        return -1;
    account_plan_end(unit, ending->call, &actor, &before);
    return 0;
}

int account_delete(const struct call *call, const struct id *id, struct error *err)
{
    struct ending ending = {call, *id};
    struct db_work work = {.plan = plan_end, .locks = true, .context = &ending};

    if (event_transaction(call, &work, err) == 0)
        return 0;
    return err->kind == ERR_FORBIDDEN ? account_explain_owner(call, id, err) : -1;
}
