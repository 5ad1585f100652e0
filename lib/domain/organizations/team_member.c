#include "base/text.h"
#include "domain/access/idempotency.h"
#include "domain/events/event.h"
#include "head.h"
#include "mask_sql.h"
#include "named.h"
#include "team_private.h"

/* Who is in a team has what the team gives. So whoever puts somebody in or takes somebody out must have that himself.
 */

struct team_membership {
    const struct call *call;
    const struct id *team_id;
    const struct holder *holder;
    struct holder_state member;
};

/* What a plan reads behind the lock, and what its statements need. */
struct state {
    struct team_seen seen;
    struct team_params params;
};

/* Whether there is such an account at all is nothing to tell. */
static int refuse_outsider(struct error *err)
{
    return error_set(err, ERR_FORBIDDEN, "Only members of the organization can be in its teams.");
}

/* To put an invitation into a team is to change it, which asks for all that it gives. */
static int read_member(struct team_membership *membership, const struct state *state, struct error *err)
{
    static const struct id no_role = {{0}};
    const struct holder *holder = membership->holder;
    struct holder_state *member = &membership->member;
    bool is_account = holder->kind == HOLDER_ACCOUNT;

    if (!is_account && access_permit(&state->seen.access, PERMISSION_INVITATION_CREATE, err) < 0)
        return -1;
    if (holder_read(membership->call, &state->seen.team.organization_id, &no_role, holder, member, err) < 0)
        return is_account && err->kind == ERR_NOT_FOUND ? refuse_outsider(err) : -1;
    if (!is_account)
        return access_demand(&state->seen.access, member->mask, err);
    return member->is_member ? 0 : refuse_outsider(err);
}

static int read_state(struct team_membership *membership, struct state *out, struct error *err)
{
    const struct call *call = membership->call;

    if (team_enter(call, membership->team_id, PERMISSION_TEAM_UPDATE, &out->seen, err) < 0 ||
        access_demand(&out->seen.access, out->seen.mask, err) < 0)
        return -1;
    if (read_member(membership, out, err) < 0)
        return -1;
    membership->member.team = out->seen.team;
    out->params = (struct team_params){.team = out->seen.team,
                                       .holder_id = membership->holder->id,
                                       .holder = holder_name(membership->holder->kind),
                                       .now = call->now};
    return 0;
}

static void record(struct db_unit *unit, const struct team_membership *membership, const struct state *state,
                   const char *action)
{
    const struct call *call = membership->call;
    struct event event = {
        .action = action,
        .actor = event_caller(call, &state->seen.access.principal.account_id),
        .organization = {state->seen.team.organization_id, state->seen.organization},
    };

    event_target(&event, "team", &state->seen.team.id, state->seen.team.name);
    holder_target(&event, &membership->member);
    event_add(unit, call, &event);
}

#define IS_IN_IT "It is a member of the team already."

/* An invitation is shown as it will be. */
static void show_team(struct team_membership *membership)
{
    struct holder_state *member = &membership->member;

    if (member->kind == HOLDER_INVITATION)
        member->invitation.teams =
            named_append(membership->call->arena, member->invitation.teams, &member->team.id, member->team.name);
}

static int plan_addition(struct db_unit *unit, void *context, struct error *err)
{
    struct team_membership *membership = context;
    struct state state;

    if (read_state(membership, &state, err) < 0)
        return -1;
    show_team(membership);
    idempotency_keep(unit, membership->call, &state.seen.access.principal.account_id, &membership->member);
    state.params.maximum = TEAM_OF_MEMBER_MAX;
    db_unit_require(unit, &team_sql_add_member, &state.params, ERR_FORBIDDEN,
                    "It is in as many teams as it may be; take it out of some.");
    db_unit_add(unit, &team_sql_give_to_member, &state.params);
    record(unit, membership, &state, "team.member_added");
    return 0;
}

int team_member_add(const struct call *call, const struct id *team_id, const struct holder *holder,
                    struct holder_state *out, struct error *err)
{
    struct team_membership membership = {.call = call, .team_id = team_id, .holder = holder};
    struct db_work work = {.plan = plan_addition, .locks = true, .context = &membership};

    if (event_transaction(call, &work, err) < 0)
        return err->kind == ERR_EXISTS ? error_set(err, ERR_EXISTS, IS_IN_IT) : -1;
    *out = membership.member;
    return 0;
}

static int plan_removal(struct db_unit *unit, void *context, struct error *err)
{
    struct team_membership *membership = context;
    struct state state;
    struct mask_params masks;

    if (read_state(membership, &state, err) < 0)
        return -1;
    masks =
        (struct mask_params){.organization_id = state.seen.team.organization_id, .holder_id = membership->holder->id};
    db_unit_require(unit, &team_sql_remove_member, &state.params, ERR_NOT_FOUND, "It is not a member of the team.");
    db_unit_add(unit, &mask_sql_member, &masks);
    record(unit, membership, &state, "team.member_removed");
    return 0;
}

int team_member_remove(const struct call *call, const struct id *team_id, const struct holder *holder,
                       struct error *err)
{
    struct team_membership membership = {.call = call, .team_id = team_id, .holder = holder};
    struct db_work work = {.plan = plan_removal, .locks = true, .context = &membership};

    return event_transaction(call, &work, err);
}
