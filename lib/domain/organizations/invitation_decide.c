#include "base/text.h"
#include "domain/access/idempotency.h"
#include "invitation_private.h"

/* What the invited do. */

static bool may_read(const struct invitation_row *row, const struct principal *caller)
{
    struct standing standing = {
        .is_superuser = caller->is_superuser,
        .is_owner = id_equal(&row->access.owner_id, &caller->account_id),
        .mask = row->access.mask,
    };

    return row->is_own || standing_allows(&standing, PERMISSION_INVITATION_READ);
}

int invitation_get(const struct call *call, const struct id *id, struct invitation *out, struct error *err)
{
    struct invitation_params params = {.caller = call->caller.credential, .id = *id};
    struct invitation_row row;
    struct principal caller;

    if (invitation_see(call, &params, &row, &caller, err) < 0)
        return -1;
    if (!may_read(&row, &caller))
        return invitation_no_such(err);
    *out = row.invitation;
    return 0;
}

struct deciding {
    const struct call *call;
    struct invitation_params params;
    bool is_accepted;
};

static void record(struct db_unit *unit, const struct deciding *deciding, const struct invitation_row *row)
{
    struct event event =
        invitation_event(deciding->call, deciding->is_accepted ? "invitation.accepted" : "invitation.declined",
                         &row->own_id, &row->invitation);

    event_target(&event, "user", &row->own_id, row->own_name);
    event_add(unit, deciding->call, &event);
}

/* Who is a member already keeps what it has. */
static void plan_membership(struct db_unit *unit, const struct deciding *deciding, const struct invitation_row *row)
{
    const struct call *call = deciding->call;
    struct event event = {
        .action = row->held_roles == 0 ? "member.added" : "member.role_changed",
        .actor = event_caller(call, &row->own_id),
        .organization = {row->invitation.organization_id, row->invitation.organization_name},
    };

    db_unit_add(unit, &invitation_sql_join, &deciding->params);
    event_target(&event, "user", &row->own_id, row->own_name);
    event_changed_text(&event, call, "role", invitation_role_names(call, row->held_roles),
                       invitation_role_names(call, row->held_roles | row->invitation.own_roles));
    event_add(unit, call, &event);
}

/* The place is found without a lock, and read again behind it. */
static int lock_and_see(struct deciding *deciding, struct invitation_row *row, struct error *err)
{
    const struct call *call = deciding->call;
    struct principal caller;

    for (int i = 0; i < 2; i++) {
        if (i > 0 && invitation_lock_organization(call, &deciding->params, err) < 0)
            return -1;
        if (invitation_see(call, &deciding->params, row, &caller, err) < 0)
            return -1;
        if (!row->is_own || row->is_service)
            return invitation_no_such(err);
        deciding->params.organization_id = row->invitation.organization_id;
    }
    return invitation_require_pending(&row->invitation, deciding->params.now, err);
}

static int plan_decision(struct db_unit *unit, void *context, struct error *err)
{
    struct deciding *deciding = context;
    struct invitation_row row;

    if (lock_and_see(deciding, &row, err) < 0)
        return -1;
    deciding->params.account_id = row.own_id;
    deciding->params.own_roles = row.invitation.own_roles;
    idempotency_keep(unit, deciding->call, &row.own_id, &row.invitation.organization_id);
    db_unit_require(unit, &invitation_sql_decide, &deciding->params, ERR_FORBIDDEN,
                    "The invitation is not pending any more.");
    record(unit, deciding, &row);
    if (deciding->is_accepted)
        plan_membership(unit, deciding, &row);
    return 0;
}

int invitation_decide(const struct call *call, const struct id *id, bool is_accepted, struct id *organization_id,
                      struct error *err)
{
    struct deciding deciding = {
        .call = call,
        .params = {.caller = call->caller.credential,
                   .id = *id,
                   .status = is_accepted ? INVITATION_ACCEPTED : INVITATION_DECLINED,
                   .now = call->now,
                   .kept_until = {call->now.us + INVITATION_KEPT_US}},
        .is_accepted = is_accepted,
    };
    struct db_work work = {.plan = plan_decision, .locks = true, .context = &deciding};

    if (event_transaction(call, &work, err) < 0)
        return -1;
    *organization_id = deciding.params.organization_id;
    return 0;
}
