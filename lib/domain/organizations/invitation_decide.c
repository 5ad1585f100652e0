#include "domain/access/idempotency.h"
#include "head.h"
#include "invitation_private.h"
#include "mask_sql.h"
#include "named.h"
#include "role.h"
#include "team.h"

/* What the invited do. */

static bool may_read(const struct invitation_row *row, const struct principal *caller)
{
    struct standing standing = access_standing(caller, &row->access.owner_id, row->access.mask);

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

static void record_decision(struct db_unit *unit, const struct call *call, const struct invitation *invitation,
                            const struct invitee *who, bool is_accepted)
{
    struct event event = {
        .action = is_accepted ? "invitation.accepted" : "invitation.declined",
        .actor = who->actor,
        .organization = {invitation->organization_id, invitation->organization_name},
    };

    event_target(&event, "invitation", &invitation->id, invitation->email);
    event_target(&event, "user", &who->account_id, who->name);
    event_add(unit, call, &event);
}

/* What was assigned to the invitation passes to the person. Who is a member already keeps what it has. */
static void pass_on(struct db_unit *unit, const struct invitation *invitation, const struct invitation_params *params)
{
    const struct mask_params masks = {.organization_id = params->organization_id, .holder_id = params->account_id};

    db_unit_add(unit, &invitation_sql_join, params);
    if (invitation->roles_made.data != NULL)
        db_unit_add(unit, &invitation_sql_pass_roles, params);
    if (invitation->teams.data != NULL)
        db_unit_add(unit, &invitation_sql_pass_teams, params);
    if (invitation->roles_made.data != NULL || invitation->teams.data != NULL)
        db_unit_add(unit, &mask_sql_member, &masks);
}

static void record_membership(struct db_unit *unit, const struct call *call, const struct invitation *invitation,
                              const struct invitee *who, const struct invitation_held_row *held)
{
    struct event event = {
        .action = held->is_member ? "member.role_changed" : "member.added",
        .actor = who->actor,
        .organization = {invitation->organization_id, invitation->organization_name},
    };
    const struct text nothing = {NULL, 0};
    const struct invitation before = {.own_roles = held->own_roles, .roles_made = held->roles_made};
    const struct invitation after = {
        .own_roles = held->own_roles | invitation->own_roles,
        .roles_made = named_union(call->arena, held->roles_made, invitation->roles_made),
    };

    event_target(&event, "user", &who->account_id, who->name);
    event_changed_text(&event, call, "role", invitation_role_names(call, &before), invitation_role_names(call, &after));
    event_changed_text(&event, call, "teams", nothing, named_join(call->arena, nothing, ",", invitation->teams));
    event_add(unit, call, &event);
}

/* As for whom a role is assigned to, or a team is given. */
static int check_room(const struct invitation_held_row *held, struct error *err)
{
    if (held->roles_then > ROLE_OF_HOLDER_MAX)
        return error_set(err, ERR_FORBIDDEN,
                         N_("With this invitation you would have more roles in the organization than a member may "
                            "have. Ask an administrator to take some away."));
    if (held->teams_then > TEAM_OF_MEMBER_MAX)
        return error_set(err, ERR_FORBIDDEN,
                         N_("With this invitation you would be in more teams of the organization than a member may "
                            "be in. Ask an administrator to take you out of some."));
    return 0;
}

static int plan_membership(struct db_unit *unit, const struct call *call, const struct invitation *invitation,
                           const struct invitee *who, struct error *err)
{
    struct invitation_held_row held = {.is_member = false};
    const struct invitation_params params = {
        .id = invitation->id,
        .organization_id = invitation->organization_id,
        .account_id = who->account_id,
        .own_roles = invitation->own_roles,
        .now = call->now,
    };
    int found = who->is_new ? 1 : db_query_one(call->db, &invitation_sql_held, &params, call->arena, &held, err);

    if (found == 0)
        return error_set(err, ERR_FORBIDDEN, N_("You are not signed in any more."));
    if (found < 0 || check_room(&held, err) < 0)
        return -1;
    pass_on(unit, invitation, &params);
    record_membership(unit, call, invitation, who, &held);
    return 0;
}

int invitation_plan_decision(struct db_unit *unit, const struct call *call, const struct invitation *invitation,
                             const struct invitee *who, bool is_accepted, struct error *err)
{
    record_decision(unit, call, invitation, who, is_accepted);
    if (is_accepted && plan_membership(unit, call, invitation, who, err) < 0)
        return -1;
    invitation_plan_drop(unit, invitation);
    return 0;
}

static int lock_and_see(struct deciding *deciding, struct invitation_row *row, struct error *err)
{
    const struct call *call = deciding->call;
    struct principal caller;

    if (head_lock_of_invitation(call, &deciding->params.id, err) < 0 ||
        invitation_see(call, &deciding->params, row, &caller, err) < 0)
        return -1;
    if (!row->is_own || row->is_service)
        return invitation_no_such(err);
    deciding->params.organization_id = row->invitation.organization_id;
    return invitation_require_pending(&row->invitation, deciding->params.now, err);
}

static int plan_decision(struct db_unit *unit, void *context, struct error *err)
{
    struct deciding *deciding = context;
    const struct call *call = deciding->call;
    struct invitation_row row;
    struct invitee who;

    if (lock_and_see(deciding, &row, err) < 0)
        return -1;
    who = (struct invitee){.actor = event_caller(call, &row.own_id), .account_id = row.own_id, .name = row.own_name};
    deciding->params.account_id = row.own_id;
    idempotency_keep(unit, call, &row.own_id, &row.invitation.organization_id);
    db_unit_require(unit, &invitation_sql_decide, &deciding->params, ERR_FORBIDDEN, INVITATION_NOT_PENDING);
    return invitation_plan_decision(unit, call, &row.invitation, &who, deciding->is_accepted, err);
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
