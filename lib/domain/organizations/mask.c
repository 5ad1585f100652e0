#include "mask.h"

#include "domain/access/permissions.h"
#include "domain/events/event.h"
#include "head.h"
#include "mask_sql.h"

/* How many rows a statement looks at, so that none runs for long. */
#define PIECE 10000

int64_t mask_look(const struct call *call, struct mask_walk *walk, struct mask_fault **out, struct error *err)
{
    bool is_of_teams = !walk->is_behind_teams;
    struct mask_piece_params params = {
        .organization_id = walk->organization_id, .holder_id = walk->holder_id, .count = PIECE};
    struct mask_end_row end;
    int found = db_query_one(call->db, is_of_teams ? &mask_sql_end_of_teams : &mask_sql_end_of_members, &params,
                             call->arena, &end, err);

    if (found < 0)
        return -1;
    if (found == 0) {
        *walk = (struct mask_walk){.is_over = !is_of_teams, .is_behind_teams = true, .pieces = walk->pieces};
        return 0;
    }
    params.last_organization_id = walk->organization_id = end.organization_id;
    params.last_holder_id = walk->holder_id = end.holder_id;
    walk->pieces++;
    return db_query_all(call->db, is_of_teams ? &mask_sql_wrong_teams : &mask_sql_wrong_members, &params, call->arena,
                        (void **)out, err);
}

/* Repairing */

struct repair {
    const struct call *call;
    const struct mask_fault *fault;
};

static void record(struct db_unit *unit, const struct call *call, const struct mask_fault *fault)
{
    struct event event = {
        .action = fault->is_team ? "team.permissions_repaired" : "member.permissions_repaired",
        .actor = event_operator(call),
        .organization = {fault->organization_id, fault->organization},
    };

    event_target(&event,
                 fault->is_team      ? "team"
                 : fault->is_service ? "service_account"
                                     : "user",
                 &fault->holder_id, fault->name);
    event_changed_json(&event, call, "permissions", permissions_json(call->arena, fault->mask),
                       permissions_json(call->arena, fault->expected));
    event_add(unit, call, &event);
}

/* It is asked again behind the lock. */
static int plan_repair(struct db_unit *unit, void *context, struct error *err)
{
    const struct repair *repair = context;
    const struct call *call = repair->call;
    const struct mask_piece_params params = {.organization_id = repair->fault->organization_id,
                                             .holder_id = repair->fault->holder_id};
    const struct mask_params masks = {.organization_id = params.organization_id, .holder_id = params.holder_id};
    struct mask_fault fault;
    int found;

    if (head_lock(call, &params.organization_id, err) < 0)
        return -1;
    found = db_query_one(call->db, repair->fault->is_team ? &mask_sql_wrong_team : &mask_sql_wrong_member, &params,
                         call->arena, &fault, err);
    if (found <= 0)
        return found;
    db_unit_add(unit, fault.is_team ? &mask_sql_team : &mask_sql_member, &masks);
    if (fault.is_team)
        db_unit_add(unit, &mask_sql_team_members, &masks);
    record(unit, call, &fault);
    return 0;
}

int mask_repair(const struct call *call, const struct mask_fault *fault, struct error *err)
{
    struct repair repair = {call, fault};
    struct db_work work = {.plan = plan_repair, .locks = true, .context = &repair};

    return event_transaction(call, &work, err);
}
