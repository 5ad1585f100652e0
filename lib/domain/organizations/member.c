#include "member.h"

#include "base/text.h"
#include "domain/events/event.h"
#include "member_sql.h"

#define NOT_A_MEMBER "the user is not a member, or is the owner, who cannot be removed"

struct change {
    const struct call *call;
    struct member_params params;
    enum role role;
    const char *name; /* of the user, if it must not be a member yet */
};

/* Reads who it is about, and locks the organization and the membership, if there is one. */
static int lock(const struct change *change, struct member_state_row *out, struct error *err)
{
    int found = db_query_one(change->call->db, &member_sql_lock, &change->params, change->call->arena, out, err);

    if (found == 0)
        return error_set(err, ERR_NOT_FOUND, "the organization or the user no longer exists");
    return found < 0 ? -1 : 0;
}

/* `after` is without data of who is no member any more. */
static void record(struct db_unit *unit, const struct change *change, const char *action,
                   const struct member_state_row *before, struct text after)
{
    struct event event = {
        .action = action,
        .actor = event_operator(change->call),
        .organization = {change->params.organization_id, before->organization},
    };

    event_target(&event, before->is_service ? "service_account" : "user", &change->params.account_id, before->name);
    event_changed_text(&event, change->call, "role", before->role, after);
    event_add(unit, change->call, &event);
}

static int plan_role(struct db_unit *unit, void *context, struct error *err)
{
    const struct change *change = context;
    const struct member_params *params = &change->params;
    struct member_state_row state;

    if (lock(change, &state, err) < 0)
        return -1;
    if (change->name != NULL && state.is_member)
        return error_set(err, ERR_EXISTS, "%s is a member already", change->name);
    if (state.is_owner && change->role != ROLE_ADMIN)
        return error_set(err, ERR_FORBIDDEN,
                         "the owner of an organization is always an admin; transfer the ownership first");
    if (state.is_member && state.own_roles == params->own_roles)
        return 0;
    db_unit_add(unit, &member_sql_set, params);
    record(unit, change, state.is_member ? "member.role_changed" : "member.added", &state,
           text_of(role_name(change->role)));
    return 0;
}

int member_add(const struct call *call, const struct id *organization_id, const struct account *user, enum role role,
               struct error *err)
{
    struct change change = {
        .call = call,
        .params = {.organization_id = *organization_id, .account_id = user->id, .own_roles = ROLE_BIT(role)},
        .role = role,
        .name = user->name.data,
    };
    struct db_work work = {.plan = plan_role, .locks = true, .context = &change};

    return event_transaction(call, &work, err);
}

int member_set(const struct call *call, const struct id *organization_id, const struct id *account_id, enum role role,
               struct error *err)
{
    struct change change = {
        .call = call,
        .params = {.organization_id = *organization_id, .account_id = *account_id, .own_roles = ROLE_BIT(role)},
        .role = role,
    };
    struct db_work work = {.plan = plan_role, .locks = true, .context = &change};

    return event_transaction(call, &work, err);
}

static int plan_removal(struct db_unit *unit, void *context, struct error *err)
{
    const struct change *change = context;
    struct member_state_row state;

    if (lock(change, &state, err) < 0)
        return -1;
    db_unit_require(unit, &member_sql_remove, &change->params, ERR_NOT_FOUND, NOT_A_MEMBER);
    record(unit, change, "member.removed", &state, (struct text){NULL, 0});
    return 0;
}

int member_remove(const struct call *call, const struct id *organization_id, const struct id *account_id,
                  struct error *err)
{
    struct change change = {
        .call = call,
        .params = {.organization_id = *organization_id, .account_id = *account_id},
    };
    struct db_work work = {.plan = plan_removal, .locks = true, .context = &change};

    return event_transaction(call, &work, err);
}

int64_t member_list(const struct call *call, const struct id *organization_id, struct member **out, struct error *err)
{
    struct member_params params = {.organization_id = *organization_id};

    return db_query_all(call->db, &member_sql_list, &params, call->arena, (void **)out, err);
}
