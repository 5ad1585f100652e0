#include "assignment.h"

#include "assignment_sql.h"
#include "domain/access/idempotency.h"
#include "domain/events/event.h"
#include "head.h"
#include "invitation_private.h"
#include "mask_sql.h"
#include "member_private.h"
#include "named.h"
#include "role_private.h"

struct assigning {
    const struct call *call;
    const struct id *role_id;
    const struct holder *holder;
    struct assignment result;
};

/* What a plan reads behind the lock, and what its statements need. */
struct state {
    struct role_seen seen;
    struct holder_state holder;
    struct assignment_params params;
    struct mask_params masks;
};

/* To give an invitation roles or to take them is to change it, which asks for all that it gives. */
static int read_holder(const struct assigning *assigning, struct state *out, struct error *err)
{
    const struct any_role *role = &out->seen.role;
    const struct holder *holder = assigning->holder;
    bool is_invitation = holder->kind == HOLDER_INVITATION;

    if ((is_invitation && access_permit(&out->seen.access, PERMISSION_INVITATION_CREATE, err) < 0) ||
        holder_read(assigning->call, &role->organization_id, &role->id, holder, &out->holder, err) < 0)
        return -1;
    return is_invitation ? access_demand(&out->seen.access, out->holder.mask, err) : 0;
}

/* Who gives a role or takes one must have member:update, and all that is in the role. */
static int read_state(const struct assigning *assigning, struct state *out, struct error *err)
{
    const struct call *call = assigning->call;
    const struct any_role *role = &out->seen.role;

    if (head_lock_of_role(call, assigning->role_id, err) < 0 ||
        role_see(call, assigning->role_id, PERMISSION_MEMBER_UPDATE, &out->seen, err) < 0 ||
        access_demand(&out->seen.access, role->mask, err) < 0 || read_holder(assigning, out, err) < 0)
        return -1;
    out->params = (struct assignment_params){
        .organization_id = role->organization_id,
        .role_id = role->id,
        .holder_id = assigning->holder->id,
        .holder = holder_name(assigning->holder->kind),
        .bit = role->system == ROLE_NONE ? 0 : role->mask,
        .mask = role->mask,
        .maximum = ROLE_OF_HOLDER_MAX,
    };
    out->masks = (struct mask_params){
        .organization_id = role->organization_id, .holder_id = assigning->holder->id, .bits = role->mask};
    return 0;
}

static void record(struct db_unit *unit, const struct assigning *assigning, const struct state *state,
                   const char *action, struct text before, struct text after)
{
    const struct call *call = assigning->call;
    struct event event = {
        .action = action,
        .actor = event_caller(call, &state->seen.access.principal.account_id),
        .organization = {state->seen.role.organization_id, state->seen.organization},
    };

    holder_target(&event, &state->holder);
    event_target(&event, "role", &state->seen.role.id, state->seen.role.name);
    event_changed_text(&event, call, "role", before, after);
    event_add(unit, call, &event);
}

#define NOTHING ((struct text){NULL, 0})
#define IS_ASSIGNED "The role is assigned already."
#define IS_NOT_ASSIGNED "The role is not assigned to it."

/* Assigning. What is given is added to the masks; nothing has to be made anew. */

/* Only a superuser makes members without an invitation. A service account belongs to the organization already. */
static bool may_be_found(const struct state *state)
{
    return state->holder.is_member || state->seen.access.standing.is_superuser || state->holder.account.is_service;
}

static void give_row(struct db_unit *unit, const struct state *state)
{
    db_unit_require(unit, &assignment_sql_insert, &state->params, ERR_FORBIDDEN,
                    "It has as many roles as it may have; take some away.");
}

static void give_member(struct db_unit *unit, const struct state *state)
{
    if (!state->holder.is_member) {
        member_begin(unit, &state->seen.role, &state->params.holder_id);
    } else if (state->seen.role.system == ROLE_NONE) {
        give_row(unit, state);
        db_unit_add(unit, &assignment_sql_add_to_member, &state->params);
    } else {
        db_unit_require(unit, &assignment_sql_give_member, &state->params, ERR_EXISTS, IS_ASSIGNED);
    }
}

static void give_team(struct db_unit *unit, const struct state *state)
{
    if (state->seen.role.system == ROLE_NONE) {
        give_row(unit, state);
        db_unit_add(unit, &assignment_sql_add_to_team, &state->params);
    } else {
        db_unit_require(unit, &assignment_sql_give_team, &state->params, ERR_EXISTS, IS_ASSIGNED);
    }
    db_unit_add(unit, &mask_sql_give_team_members, &state->masks);
}

static void give_invitation(struct db_unit *unit, const struct state *state)
{
    if (state->seen.role.system == ROLE_NONE)
        give_row(unit, state);
    else
        db_unit_require(unit, &assignment_sql_give_invitation, &state->params, ERR_EXISTS, IS_ASSIGNED);
}

/* Returns the name of the event. */
static const char *give(struct db_unit *unit, const struct state *state)
{
    switch (state->holder.kind) {
    case HOLDER_TEAM:
        give_team(unit, state);
        return "team.role_assigned";
    case HOLDER_INVITATION:
        give_invitation(unit, state);
        return "invitation.role_assigned";
    default:
        give_member(unit, state);
        return state->holder.is_member ? "member.role_assigned" : "member.added";
    }
}

/* An invitation is shown as it will be. */
static void show_result(struct assigning *assigning, const struct state *state)
{
    const struct any_role *role = &state->seen.role;
    struct assignment *result = &assigning->result;

    *result = (struct assignment){role->id, role->organization_id, state->holder.account, state->holder.team,
                                  state->holder.invitation};
    if (role->system != ROLE_NONE)
        result->invitation.own_roles |= state->params.bit;
    else if (state->holder.kind == HOLDER_INVITATION)
        result->invitation.roles_made =
            named_append(assigning->call->arena, result->invitation.roles_made, &role->id, role->name);
}

static int plan_assignment(struct db_unit *unit, void *context, struct error *err)
{
    struct assigning *assigning = context;
    struct state state;

    if (read_state(assigning, &state, err) < 0)
        return -1;
    if (!may_be_found(&state))
        return holder_refuse(assigning->holder, err);
    show_result(assigning, &state);
    idempotency_keep(unit, assigning->call, &state.seen.access.principal.account_id, &assigning->result);
    record(unit, assigning, &state, give(unit, &state), NOTHING, state.seen.role.name);
    return 0;
}

int assignment_create(const struct call *call, const struct id *role_id, const struct holder *holder,
                      struct assignment *out, struct error *err)
{
    struct assigning assigning = {.call = call, .role_id = role_id, .holder = holder};
    struct db_work work = {.plan = plan_assignment, .locks = true, .context = &assigning};

    if (event_transaction(call, &work, err) < 0)
        return err->kind == ERR_EXISTS ? error_set(err, ERR_EXISTS, IS_ASSIGNED) : -1;
    *out = assigning.result;
    return 0;
}

/* Taking away. The masks are made anew, since the same permissions may come from elsewhere. */

static bool is_assigned(const struct state *state)
{
    return state->holder.has_role || (state->holder.own_roles & state->params.bit) != 0;
}

static bool is_last(const struct state *state)
{
    return state->holder.roles_made == state->holder.has_role && (state->holder.own_roles & ~state->params.bit) == 0;
}

static void take(struct db_unit *unit, const struct state *state, const struct db_statement *take_bit)
{
    db_unit_expect(unit, state->seen.role.system == ROLE_NONE ? &assignment_sql_remove : take_bit, &state->params);
}

static void take_from_team(struct db_unit *unit, const struct state *state)
{
    take(unit, state, &assignment_sql_take_team);
    db_unit_add(unit, &mask_sql_team, &state->masks);
    db_unit_add(unit, &mask_sql_team_members, &state->masks);
}

/* The last role is the membership, so that its end is an act on the person, who loses what teams give, too. */
static int take_from_member(struct db_unit *unit, const struct assigning *assigning, const struct state *state,
                            struct error *err)
{
    if (state->holder.is_owner && state->params.bit == ROLE_BIT(ROLE_ADMIN))
        return error_set(err, ERR_FORBIDDEN, "The owner is always an admin; transfer the ownership first.");
    if (is_last(state)) {
        if (access_demand(&state->seen.access, state->holder.mask, err) < 0)
            return -1;
        member_leave(unit, &state->params.organization_id, &state->params.holder_id);
        record(unit, assigning, state, "member.removed", state->seen.role.name, NOTHING);
        return 0;
    }
    take(unit, state, &assignment_sql_take_member);
    db_unit_add(unit, &mask_sql_member, &state->masks);
    record(unit, assigning, state, "member.role_removed", state->seen.role.name, NOTHING);
    return 0;
}

/* The last role is the invitation. */
static void take_from_invitation(struct db_unit *unit, const struct assigning *assigning, const struct state *state)
{
    if (is_last(state)) {
        invitation_plan_revocation(unit, assigning->call, &state->seen.access.principal.account_id,
                                   &state->holder.invitation);
        return;
    }
    take(unit, state, &assignment_sql_take_invitation);
    record(unit, assigning, state, "invitation.role_removed", state->seen.role.name, NOTHING);
}

static int plan_removal(struct db_unit *unit, void *context, struct error *err)
{
    struct assigning *assigning = context;
    struct state state;

    if (read_state(assigning, &state, err) < 0)
        return -1;
    if (!state.holder.is_member)
        return holder_refuse(assigning->holder, err);
    if (!is_assigned(&state))
        return error_set(err, ERR_NOT_FOUND, IS_NOT_ASSIGNED);
    if (assigning->holder->kind == HOLDER_ACCOUNT)
        return take_from_member(unit, assigning, &state, err);
    if (assigning->holder->kind == HOLDER_INVITATION) {
        take_from_invitation(unit, assigning, &state);
    } else {
        take_from_team(unit, &state);
        record(unit, assigning, &state, "team.role_removed", state.seen.role.name, NOTHING);
    }
    return 0;
}

int assignment_delete(const struct call *call, const struct id *role_id, const struct holder *holder, struct error *err)
{
    struct assigning assigning = {.call = call, .role_id = role_id, .holder = holder};
    struct db_work work = {.plan = plan_removal, .locks = true, .context = &assigning};

    return event_transaction(call, &work, err);
}
