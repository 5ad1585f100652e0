#include "member.h"

#include "base/text.h"
#include "domain/events/event.h"
#include "head.h"
#include "holder.h"
#include "mask_sql.h"
#include "member_private.h"
#include "member_sql.h"

/* Beginning and ending a membership */

/* The system's roles are bits of the membership; one that was made is a row. */
static struct member_params params_of(const struct any_role *role, const struct id *account_id)
{
    return (struct member_params){
        .organization_id = role->organization_id,
        .account_id = *account_id,
        .own_roles = role->system == ROLE_NONE ? 0 : role->mask,
        .role_id = role->id,
    };
}

void member_begin(struct db_unit *unit, const struct any_role *role, const struct id *account_id)
{
    const struct member_params params = params_of(role, account_id);
    const struct mask_params masks = {.organization_id = params.organization_id, .holder_id = params.account_id};

    db_unit_require(unit, &member_sql_enter, &params, ERR_NOT_FOUND, "the organization or the user no longer exists");
    if (role->system != ROLE_NONE)
        return; /* the mask of the new row is right */
    db_unit_add(unit, &member_sql_give_role, &params);
    db_unit_add(unit, &mask_sql_member, &masks);
}

void member_leave(struct db_unit *unit, const struct id *organization_id, const struct id *account_id)
{
    const struct member_params params = {.organization_id = *organization_id, .account_id = *account_id};

    db_unit_add(unit, &member_sql_leave_teams, &params);
    db_unit_add(unit, &member_sql_drop_roles, &params);
    db_unit_require(unit, &member_sql_leave, &params, ERR_FORBIDDEN, OWNER_STAYS);
}

/* A change of one member */

struct change {
    const struct call *call;
    struct id organization_id;
    struct id account_id;
    const struct any_role *role;
    const char *name; /* of the user, if it must not be a member yet */
};

/* What a plan reads behind the lock. */
struct state {
    struct organization_seen seen;
    struct holder_state member;
};

static int read_member(const struct change *change, struct state *state, struct error *err)
{
    static const struct id no_role = {{0}};
    const struct holder holder = {.kind = HOLDER_ACCOUNT, .id = change->account_id};

    return holder_read(change->call, &change->organization_id, change->role == NULL ? &no_role : &change->role->id,
                       &holder, &state->member, err);
}

/* `after` is without data of who is no member any more. */
static void record(struct db_unit *unit, const struct change *change, const struct state *state, const char *action,
                   struct text after)
{
    const struct organization *organization = &state->seen.organization;
    struct event event = {
        .action = action,
        .actor = event_caller(change->call, &state->seen.access.principal.account_id),
        .organization = {organization->id, organization->name},
    };

    holder_target(&event, &state->member);
    event_changed_text(&event, change->call, "role", state->member.role_names, after);
    event_add(unit, change->call, &event);
}

static void set_role(struct db_unit *unit, const struct change *change, const struct state *state)
{
    const struct member_params params = params_of(change->role, &change->account_id);
    const struct mask_params masks = {.organization_id = params.organization_id, .holder_id = params.account_id};

    if (!state->member.is_member) {
        member_begin(unit, change->role, &change->account_id);
        return;
    }
    db_unit_add(unit, &member_sql_set, &params);
    db_unit_add(unit, &member_sql_drop_roles, &params);
    if (change->role->system == ROLE_NONE)
        db_unit_add(unit, &member_sql_give_role, &params);
    db_unit_add(unit, &mask_sql_member, &masks);
}

/* True if the role is the only one that is assigned to the member. */
static bool has_it_alone(const struct change *change, const struct holder_state *member)
{
    if (change->role->system != ROLE_NONE)
        return member->own_roles == change->role->mask && member->roles_made == 0;
    return member->own_roles == 0 && member->roles_made == 1 && member->has_role;
}

static int plan_role(struct db_unit *unit, void *context, struct error *err)
{
    const struct change *change = context;
    struct state state;

    if (head_enter(change->call, &change->organization_id, PERMISSION_MEMBER_UPDATE, &state.seen, err) < 0 ||
        read_member(change, &state, err) < 0)
        return -1;
    if (change->name != NULL && state.member.is_member)
        return error_set(err, ERR_EXISTS, "%s is a member already", change->name);
    if (state.member.is_owner && change->role->system != ROLE_ADMIN)
        return error_set(err, ERR_FORBIDDEN,
                         "the owner of an organization is always an admin; transfer the ownership first");
    if (has_it_alone(change, &state.member))
        return 0;
    set_role(unit, change, &state);
    record(unit, change, &state, state.member.is_member ? "member.role_changed" : "member.added",
           role_short_name(change->role));
    return 0;
}

/* The role may have been deleted since it was found: its assignment needs the row. */
static int give_role(struct change *change, struct error *err)
{
    struct db_work work = {.plan = plan_role, .locks = true, .context = change};

    return event_transaction(change->call, &work, err);
}

int member_add(const struct call *call, const struct any_role *role, const struct account *user, struct error *err)
{
    struct change change = {call, role->organization_id, user->id, role, user->name.data};

    return give_role(&change, err);
}

int member_set(const struct call *call, const struct any_role *role, const struct id *account_id, struct error *err)
{
    struct change change = {call, role->organization_id, *account_id, role, NULL};

    return give_role(&change, err);
}

/* To remove somebody else is to act on a person. Asks for the permission before it looks, so that nobody else finds out
 * which accounts there are. */
static int see_for_removal(const struct change *change, struct state *state, struct error *err)
{
    static const struct holder nobody = {.kind = HOLDER_ACCOUNT};
    const struct access *access = &state->seen.access;
    bool is_own = id_equal(&access->principal.account_id, &change->account_id);

    if ((!is_own && access_permit(access, PERMISSION_MEMBER_DELETE, err) < 0) || read_member(change, state, err) < 0)
        return -1;
    if (!state->member.is_member)
        return holder_refuse(&nobody, err);
    return is_own ? 0 : access_demand(access, state->member.mask, err);
}

static int plan_removal(struct db_unit *unit, void *context, struct error *err)
{
    const struct change *change = context;
    struct state state;

    if (head_enter(change->call, &change->organization_id, PERMISSION_ORGANIZATION_READ, &state.seen, err) < 0 ||
        see_for_removal(change, &state, err) < 0)
        return -1;
    if (state.member.account.is_service)
        return error_set(err, ERR_FORBIDDEN, "A service account belongs to its organization; delete it instead.");
    if (state.member.is_owner)
        return error_set(err, ERR_FORBIDDEN, OWNER_STAYS);
    member_leave(unit, &change->organization_id, &change->account_id);
    record(unit, change, &state, "member.removed", (struct text){NULL, 0});
    return 0;
}

int member_remove(const struct call *call, const struct id *organization_id, const struct id *account_id,
                  struct error *err)
{
    struct change change = {.call = call, .organization_id = *organization_id, .account_id = *account_id};
    struct db_work work = {.plan = plan_removal, .locks = true, .context = &change};

    return event_transaction(call, &work, err);
}
