#include "access.h"

#include "access_sql.h"

bool access_is_operator(const struct call *call)
{
    return call->caller.kind == CALLER_OPERATOR;
}

int access_no_organization(struct error *err)
{
    return error_set(err, ERR_NOT_FOUND, "There is no such organization, or you may not see it.");
}

int access_accept(const struct call *call, const struct caller_row *row, struct principal *out, struct error *err)
{
    if (access_is_operator(call)) {
        *out = (struct principal){.is_superuser = true};
        return 0;
    }
    if (caller_accept(row, out, err) < 0)
        return -1;
    actor_note(call->actor, &out->account_id, &call->caller.credential.id);
    return 0;
}

struct standing access_standing(const struct principal *caller, const struct id *owner_id, int64_t mask)
{
    return (struct standing){
        .is_superuser = caller->is_superuser,
        .is_owner = id_equal(owner_id, &caller->account_id),
        .mask = mask,
    };
}

int access_permit(const struct access *access, enum permission permission, struct error *err)
{
    if (standing_allows(&access->standing, permission))
        return 0;
    error_set(err, ERR_FORBIDDEN, "Your roles in this organization do not allow this.");
    return error_bars_caller(err);
}

int access_judge(const struct call *call, const struct access_row *row, enum permission permission, struct access *out,
                 struct error *err)
{
    if (access_accept(call, row == NULL ? NULL : &row->caller, &out->principal, err) < 0)
        return -1;
    if (row != NULL && !id_is_nil(&row->organization_id)) {
        out->standing = access_standing(&out->principal, &row->owner_id, row->mask);
        if (standing_allows(&out->standing, PERMISSION_ORGANIZATION_READ))
            return access_permit(out, permission, err);
    }
    access_no_organization(err);
    return error_bars_caller(err);
}

int access_see(const struct call *call, const struct id *organization_id, enum permission permission,
               struct access *out, struct error *err)
{
    const struct db_statement *statement = access_is_operator(call)
                                               ? &access_sql_see_as_operator
                                               : caller_statement(access_sql_see, &call->caller.credential);
    struct access_params params = {.caller = call->caller.credential, .organization_id = *organization_id};
    struct access_row row;
    int found = db_query_one(call->db, statement, &params, call->arena, &row, err);

    return found < 0 ? -1 : access_judge(call, found == 0 ? NULL : &row, permission, out, err);
}

int access_demand(const struct access *access, int64_t mask, struct error *err)
{
    if (standing_holds(&access->standing, mask))
        return 0;
    error_set(err, ERR_FORBIDDEN, "This would give, take or change permissions that you do not have yourself.");
    return error_bars_caller(err);
}

int access_identify(const struct call *call, struct principal *out, struct error *err)
{
    const struct credential *caller = &call->caller.credential;
    struct caller_row row;
    int found = access_is_operator(call)
                    ? 0
                    : db_query_one(call->db, caller_statement(caller_sql_find, caller), caller, call->arena, &row, err);

    return found < 0 ? -1 : access_accept(call, found == 0 ? NULL : &row, out, err);
}
