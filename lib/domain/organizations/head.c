#include "head.h"

#include "domain/events/event.h"
#include "head_sql.h"

static int lock(const struct call *call, const struct db_statement *statement, const struct head_params *params,
                struct error *err)
{
    struct head_row row;

    return db_query_one(call->db, statement, params, call->arena, &row, err) < 0 ? -1 : 0;
}

int head_lock(const struct call *call, const struct id *organization_id, struct error *err)
{
    return event_lock_chain(call, organization_id, err);
}

int head_lock_of_role(const struct call *call, const struct id *role_id, struct error *err)
{
    struct head_params params = {.role_id = *role_id};

    return lock(call, &head_sql_lock_of_role, &params, err);
}

int head_lock_of_team(const struct call *call, const struct id *team_id, struct error *err)
{
    struct head_params params = {.team_id = *team_id};

    return lock(call, &head_sql_lock_of_team, &params, err);
}

int head_lock_of_invitation(const struct call *call, const struct id *invitation_id, struct error *err)
{
    struct head_params params = {.invitation_id = *invitation_id};

    return lock(call, &head_sql_lock_of_invitation, &params, err);
}

int head_enter(const struct call *call, const struct id *organization_id, enum permission permission,
               struct organization_seen *out, struct error *err)
{
    if (head_lock(call, organization_id, err) < 0)
        return -1;
    return organization_see(call, organization_id, permission, out, err);
}
