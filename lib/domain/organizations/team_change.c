#include "base/text.h"
#include "domain/access/idempotency.h"
#include "domain/events/event.h"
#include "domain/name.h"
#include "head.h"
#include "mask_sql.h"
#include "team_private.h"

/* Creating, updating and deleting teams. Each locks the head of the organization first, so that nothing that it reads
 * changes meanwhile. */

struct team_write {
    const struct call *call;
    const struct team_input *input;
    const struct precondition *precondition;
    struct id id;
    struct team_params params; /* what it becomes */
};

#define NAME_IS_TAKEN "A team with this name exists already in the organization."

static int explain(struct error *err)
{
    return err->kind == ERR_EXISTS ? error_set(err, ERR_EXISTS, NAME_IS_TAKEN) : -1;
}

static void record(struct db_unit *unit, const struct call *call, const struct access *access, struct text organization,
                   const char *action, const struct team *before, const struct team *after)
{
    static const struct team nothing;
    const struct team *named = after == NULL ? before : after;
    const struct team *from = before == NULL ? &nothing : before;
    const struct team *to = after == NULL ? &nothing : after;
    struct event event = {
        .action = action,
        .actor = event_caller(call, &access->principal.account_id),
        .organization = {named->organization_id, organization},
    };

    event_target(&event, "team", &named->id, named->name);
    event_changed_text(&event, call, "name", from->name, to->name);
    event_changed_text(&event, call, "description", from->description, to->description);
    event_add(unit, call, &event);
}

static int plan_creation(struct db_unit *unit, void *context, struct error *err)
{
    struct team_write *write = context;
    const struct team *team = &write->params.team;
    struct organization_seen seen;

    if (head_enter(write->call, &team->organization_id, PERMISSION_TEAM_CREATE, &seen, err) < 0)
        return -1;
    idempotency_keep(unit, write->call, &seen.access.principal.account_id, team);
    db_unit_require(unit, &team_sql_insert, &write->params, ERR_FORBIDDEN,
                    "The organization has as many teams as it may; delete some.");
    record(unit, write->call, &seen.access, seen.organization.name, "team.created", NULL, team);
    return 0;
}

int team_create(const struct call *call, const struct team_input *input, struct team *out, struct error *err)
{
    struct team_write write = {
        .call = call,
        .params.team =
            {
                .id = id_new(call->now),
                .organization_id = input->organization_id,
                .name = input->name,
                .description = input->description,
                .revision = 1,
                .created = call->now,
                .updated = call->now,
            },
        .params.name_key = name_key(call->arena, input->name),
        .params.maximum = TEAM_MAX,
    };
    struct db_work work = {.plan = plan_creation, .locks = true, .context = &write};

    if (event_transaction(call, &work, err) < 0)
        return explain(err);
    *out = write.params.team;
    return 0;
}

/* Reads the team behind the lock, for a change of it. */
static int see_for_write(struct team_write *write, enum permission permission, struct team_seen *out, struct error *err)
{
    char etag[TEAM_ETAG_SIZE];

    if (team_enter(write->call, &write->id, permission, out, err) < 0)
        return -1;
    team_etag(&out->team, etag);
    if (precondition_check(write->precondition, etag, "team", err) < 0)
        return -1;
    write->params.team = out->team;
    write->params.previous_revision = out->team.revision;
    return 0;
}

static int plan_update(struct db_unit *unit, void *context, struct error *err)
{
    struct team_write *write = context;
    const struct team_input *input = write->input;
    struct team *team = &write->params.team;
    struct team_seen before;

    if (see_for_write(write, PERMISSION_TEAM_UPDATE, &before, err) < 0)
        return -1;
    if (input->given.name)
        team->name = input->name;
    if (input->given.description)
        team->description = input->description;
    if (text_is_same(team->name, before.team.name) && text_is_same(team->description, before.team.description))
        return 0;
    write->params.name_key = name_key(write->call->arena, team->name);
    team->revision++;
    team->updated.us = write->call->now.us > team->updated.us ? write->call->now.us : team->updated.us + 1;
    db_unit_expect(unit, &team_sql_update, &write->params);
    record(unit, write->call, &before.access, before.organization, "team.updated", &before.team, team);
    return 0;
}

int team_update(const struct call *call, const struct id *id, const struct team_input *input,
                const struct precondition *precondition, struct team *out, struct error *err)
{
    struct team_write write = {.call = call, .input = input, .precondition = precondition, .id = *id};
    struct db_work work = {.plan = plan_update, .locks = true, .context = &write};

    if (event_transaction(call, &work, err) < 0)
        return explain(err);
    *out = write.params.team;
    return 0;
}

/* What the team gave is taken from its members first; then its rows go with it. */
static int plan_deletion(struct db_unit *unit, void *context, struct error *err)
{
    struct team_write *write = context;
    const struct mask_params masks = {.holder_id = write->id};
    struct team_seen before;

    if (see_for_write(write, PERMISSION_TEAM_DELETE, &before, err) < 0 ||
        access_demand(&before.access, before.mask, err) < 0)
        return -1;
    db_unit_add(unit, &team_sql_empty, &write->params);
    db_unit_add(unit, &mask_sql_team_members, &masks);
    db_unit_add(unit, &team_sql_drop_roles, &write->params);
    db_unit_expect(unit, &team_sql_delete, &write->params);
    record(unit, write->call, &before.access, before.organization, "team.deleted", &before.team, NULL);
    return 0;
}

int team_delete(const struct call *call, const struct id *id, const struct precondition *precondition,
                struct error *err)
{
    struct team_write write = {.call = call, .precondition = precondition, .id = *id};
    struct db_work work = {.plan = plan_deletion, .locks = true, .context = &write};

    return event_transaction(call, &work, err);
}
