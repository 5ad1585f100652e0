/* How accounts end, for a while or for good. The account's row comes first, so that nobody signs in or is granted
 * anything behind it. */
#include "account_sql.h"
#include "session.h"

#define OWNED_NAMED 3

static int plan_set_active(struct db_unit *unit, void *context, struct error *err)
{
    const struct account_params *params = context;

    (void)err;
    db_unit_add(unit, &account_sql_set_active, params);
    if (!params->account.is_active)
        session_end_all(unit, &params->account.id, params->now);
    return 0;
}

int account_set_active(const struct call *call, const struct id *id, bool is_active, struct error *err)
{
    struct account_params params = {.account = {.id = *id, .is_active = is_active}, .now = call->now};
    struct db_work work = {.plan = plan_set_active, .is_repeatable = true, .context = &params};

    return db_transaction(call->db, call->arena, &work, err);
}

static int plan_end_service(struct db_unit *unit, void *context, struct error *err)
{
    (void)err;
    db_unit_add(unit, &account_sql_end_service, context);
    db_unit_add(unit, &account_sql_end_keys, context);
    db_unit_add(unit, &account_sql_end_membership, context);
    return 0;
}

int account_delete_service(const struct call *call, const struct account *service, struct error *err)
{
    struct account_params params = {.account = *service, .now = call->now};
    struct db_work work = {.plan = plan_end_service, .is_repeatable = true, .context = &params};

    return db_transaction(call->db, call->arena, &work, err);
}

/* The end of a user, for good. */
struct ending {
    const struct call *call;
    struct account_params params;
};

static int plan_end_user(struct db_unit *unit, void *context, struct error *err)
{
    const struct account_params *params = &((const struct ending *)context)->params;

    (void)err;
    db_unit_require(unit, &account_sql_end_user, params, ERR_FORBIDDEN, ACCOUNT_GONE);
    db_unit_add(unit, &account_sql_delete_external, params);
    db_unit_add(unit, &account_sql_unlink, params);
    db_unit_add(unit, &account_sql_end_keys, params);
    db_unit_add(unit, &account_sql_delete_password, params);
    db_unit_add(unit, &account_sql_end_memberships, params);
    return 0;
}

static int has_ended(struct db *db, void *context, struct error *err)
{
    const struct ending *ending = context;
    struct account_row row;
    int found = db_query_one(db, &account_sql_find_user_by_id, &ending->params, ending->call->arena, &row, err);

    return found < 0 ? -1 : found == 0;
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
    struct db_work work = {.plan = plan_end_user, .is_done = has_ended, .context = &ending};

    if (db_transaction(call->db, call->arena, &work, err) == 0)
        return 0;
    return err->kind == ERR_FORBIDDEN ? explain_owner(&ending, err) : -1;
}
