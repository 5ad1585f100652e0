#include <string.h>

#include "base/text.h"
#include "domain/access/idempotency.h"
#include "domain/access/system_roles.h"
#include "domain/events/event.h"
#include "domain/name.h"
#include "head.h"
#include "mask_sql.h"
#include "role_private.h"

/* Creating, updating and deleting roles. Each locks the head of the organization first, so that nothing that it reads
 * changes meanwhile. */

struct role_write {
    const struct call *call;
    const struct role_input *input;
    const struct precondition *precondition;
    struct id id;
    bool force;
    struct role_params params; /* what it becomes */
};

/* A name of the system's is taken everywhere. */
static bool is_name_of_system(const struct call *call, struct text key)
{
    for (enum role role = ROLE_ADMIN; role <= ROLE_MEMBER; role++)
        if (text_equal(key, name_key(call->arena, system_role_title(role))))
            return true;
    return false;
}

#define NAME_IS_TAKEN "A role with this name exists already in the organization."

static int set_name(struct role_write *write, struct text name, struct error *err)
{
    write->params.role.name = name;
    write->params.name_key = name_key(write->call->arena, name);
    return is_name_of_system(write->call, write->params.name_key) ? error_set(err, ERR_EXISTS, NAME_IS_TAKEN) : 0;
}

/* Events name permissions, and not bits. */
static struct text permissions_of(const struct call *call, const struct any_role *role)
{
    return role == NULL ? (struct text){NULL, 0} : permissions_json(call->arena, role->mask);
}

static void record(struct db_unit *unit, const struct role_write *write, const struct access *access,
                   struct text organization, const char *action, const struct any_role *before,
                   const struct any_role *after)
{
    static const struct any_role nothing;
    const struct call *call = write->call;
    const struct any_role *named = after == NULL ? before : after;
    const struct any_role *from = before == NULL ? &nothing : before;
    const struct any_role *to = after == NULL ? &nothing : after;
    struct event event = {
        .action = action,
        .actor = event_caller(call, &access->principal.account_id),
        .organization = {named->organization_id, organization},
    };

    event_target(&event, "role", &named->id, named->name);
    event_changed_text(&event, call, "name", from->name, to->name);
    event_changed_text(&event, call, "description", from->description, to->description);
    event_changed_json(&event, call, "permissions", permissions_of(call, before), permissions_of(call, after));
    event_add(unit, call, &event);
}

/* The key of the name is the only one that an insertion or a change can meet, beside that of a repeated request. */
static int explain(struct error *err)
{
    return err->kind == ERR_EXISTS ? error_set(err, ERR_EXISTS, NAME_IS_TAKEN) : -1;
}

static int plan_creation(struct db_unit *unit, void *context, struct error *err)
{
    struct role_write *write = context;
    struct any_role *role = &write->params.role;
    struct organization_seen seen;

    role->id = id_new(write->call->now); /* another one if that is taken */
    if (head_enter(write->call, &role->organization_id, PERMISSION_ROLE_CREATE, &seen, err) < 0 ||
        access_demand(&seen.access, role->mask, err) < 0 || set_name(write, role->name, err) < 0)
        return -1;
    idempotency_keep(unit, write->call, &seen.access.principal.account_id, role);
    db_unit_require(unit, &role_sql_insert, &write->params, ERR_FORBIDDEN,
                    "The organization has made as many roles as it may; delete some.");
    record(unit, write, &seen.access, seen.organization.name, "role.created", NULL, role);
    return 0;
}

int role_create(const struct call *call, const struct role_input *input, struct any_role *out, struct error *err)
{
    struct role_write write = {
        .call = call,
        .params.role =
            {
                .organization_id = input->organization_id,
                .name = input->name,
                .description = input->description,
                .mask = input->mask,
                .revision = 1,
                .created = call->now,
                .updated = call->now,
            },
        .params.maximum = ROLE_MAX,
    };
    struct db_work work = {.plan = plan_creation, .locks = true, .context = &write};

    if (event_transaction(call, &work, err) < 0)
        return explain(err);
    *out = write.params.role;
    return 0;
}

/* Reads the role behind the lock, for a change of it. */
static int see_for_write(struct role_write *write, enum permission permission, struct role_seen *out, struct error *err)
{
    char etag[ROLE_ETAG_SIZE];

    if (head_lock_of_role(write->call, &write->id, err) < 0 ||
        role_see(write->call, &write->id, permission, out, err) < 0)
        return -1;
    if (out->role.system != ROLE_NONE)
        return error_set(err, ERR_FORBIDDEN, "The system's roles cannot be changed.");
    if (access_demand(&out->access, out->role.mask, err) < 0)
        return -1;
    role_etag(&out->role, etag);
    if (precondition_check(write->precondition, etag, "role", err) < 0)
        return -1;
    write->params.role = out->role;
    write->params.previous_revision = out->role.revision;
    return 0;
}

static void remake_masks(struct db_unit *unit, const struct role_write *write)
{
    const struct mask_params params = {.role_id = write->id};

    db_unit_add(unit, &mask_sql_role_teams, &params);
    db_unit_add(unit, &mask_sql_role_members, &params);
    db_unit_add(unit, &mask_sql_role_team_members, &params);
}

static int apply(struct role_write *write, struct error *err)
{
    const struct role_input *input = write->input;
    struct any_role *role = &write->params.role;

    if (input->given.description)
        role->description = input->description;
    if (input->given.permissions)
        role->mask = input->mask;
    return set_name(write, input->given.name ? input->name : role->name, err);
}

static int plan_update(struct db_unit *unit, void *context, struct error *err)
{
    struct role_write *write = context;
    struct any_role *role = &write->params.role;
    struct role_seen before;

    if (see_for_write(write, PERMISSION_ROLE_UPDATE, &before, err) < 0 || apply(write, err) < 0 ||
        access_demand(&before.access, role->mask, err) < 0)
        return -1;
    if (text_is_same(role->name, before.role.name) && text_is_same(role->description, before.role.description) &&
        role->mask == before.role.mask)
        return 0;
    role->revision++;
    role->updated.us = write->call->now.us > role->updated.us ? write->call->now.us : role->updated.us + 1;
    db_unit_expect(unit, &role_sql_update, &write->params);
    if (role->mask != before.role.mask)
        remake_masks(unit, write);
    record(unit, write, &before.access, before.organization, "role.updated", &before.role, role);
    return 0;
}

int role_update(const struct call *call, const struct id *id, const struct role_input *input,
                const struct precondition *precondition, struct any_role *out, struct error *err)
{
    struct role_write write = {.call = call, .input = input, .precondition = precondition, .id = *id};
    struct db_work work = {.plan = plan_update, .locks = true, .context = &write};

    if (event_transaction(call, &work, err) < 0)
        return explain(err);
    *out = write.params.role;
    return 0;
}

/* Takes the role away from all. Who would be no member any more is a person acted on, and an invitation that would give
 * no role any more is revoked. */
static int take_away(struct db_unit *unit, const struct role_write *write, const struct access *access,
                     struct error *err)
{
    const struct call *call = write->call;
    struct role_use_row use;

    if (db_query_one(call->db, &role_sql_use, &write->params, call->arena, &use, err) < 0)
        return -1;
    if (!use.is_assigned)
        return 0;
    if (use.is_held && !write->force)
        return error_set(err, ERR_EXISTS, "The role is assigned; take it away first, or send force=true.");
    if (access_demand(access, use.members_mask | use.invitations_mask, err) < 0)
        return -1;
    db_unit_add(unit, &role_sql_empty, &write->params);
    db_unit_add(unit, &role_sql_end_team_members, &write->params);
    db_unit_add(unit, &role_sql_end_members, &write->params);
    db_unit_add(unit, &role_sql_leave_teams, &write->params);
    db_unit_add(unit, &role_sql_revoke, &write->params);
    remake_masks(unit, write);
    return 0;
}

/* What assigns it goes with it. */
static int plan_deletion(struct db_unit *unit, void *context, struct error *err)
{
    struct role_write *write = context;
    struct role_seen before;

    if (see_for_write(write, PERMISSION_ROLE_DELETE, &before, err) < 0 ||
        take_away(unit, write, &before.access, err) < 0)
        return -1;
    db_unit_expect(unit, &role_sql_delete, &write->params);
    record(unit, write, &before.access, before.organization, "role.deleted", &before.role, NULL);
    return 0;
}

int role_delete(const struct call *call, const struct id *id, bool force, const struct precondition *precondition,
                struct error *err)
{
    struct role_write write = {
        .call = call, .precondition = precondition, .id = *id, .force = force, .params.now = call->now};
    struct db_work work = {.plan = plan_deletion, .locks = true, .context = &write};

    return event_transaction(call, &work, err);
}
