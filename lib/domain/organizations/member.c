#include "member.h"

#include "db/db_unit.h"
#include "member_sql.h"

int member_add(const struct call *call, const struct id *organization_id, const struct account *user, enum role role,
               struct error *err)
{
    struct member_params params = {.organization_id = *organization_id, .account_id = user->id, .role = role};

    if (db_change(call->db, call->arena, &member_sql_add, &params, ERR_NOT_FOUND,
                  "the organization or the user no longer exists", err) == 0)
        return 0;
    return err->kind == ERR_EXISTS ? error_set(err, ERR_EXISTS, "%s is a member already", user->name.data) : -1;
}

int member_set_service_role(const struct call *call, const struct id *organization_id, const struct id *account_id,
                            enum role role, struct error *err)
{
    struct member_params params = {.organization_id = *organization_id, .account_id = *account_id, .role = role};

    return db_change(call->db, call->arena, &member_sql_set, &params, ERR_NONE, NULL, err);
}

int member_set(const struct call *call, const struct organization *organization, const struct id *account_id,
               enum role role, struct error *err)
{
    if (id_equal(&organization->owner_id, account_id) && role != ROLE_ADMIN)
        return error_set(err, ERR_FORBIDDEN,
                         "the owner of an organization is always an admin; transfer the ownership first");
    return member_set_service_role(call, &organization->id, account_id, role, err);
}

int member_remove(const struct call *call, const struct id *organization_id, const struct id *account_id,
                  struct error *err)
{
    struct member_params params = {.organization_id = *organization_id, .account_id = *account_id};

    return db_change(call->db, call->arena, &member_sql_remove, &params, ERR_NOT_FOUND,
                     "the user is not a member, or is the owner, who cannot be removed", err);
}

int64_t member_list(const struct call *call, const struct id *organization_id, struct member **out, struct error *err)
{
    struct member_params params = {.organization_id = *organization_id};

    return db_query_all(call->db, &member_sql_list, &params, call->arena, (void **)out, err);
}
