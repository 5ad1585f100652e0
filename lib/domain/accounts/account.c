#include "account.h"

#include "account_sql.h"
#include "base/text.h"
#include "domain/name.h"

/* In the database. */
static const struct text kinds[] = {[ACCOUNT_USER] = TEXT("user"), [ACCOUNT_SERVICE] = TEXT("service")};

/* Who asks */

int account_of_credential(const struct call *call, const struct credential *credential, struct account *out,
                          struct error *err)
{
    struct account_params params = {.caller = *credential};
    struct principal principal;
    struct account_row row;
    int found = db_query_one(call->db, caller_statement(account_sql_of_credential, credential), &params, call->arena,
                             &row, err);

    if (found < 0 || caller_accept(found == 0 ? NULL : &row.caller, &principal, err) < 0)
        return -1;
    *out = row.account;
    out->is_active = true;
    out->is_superuser = principal.is_superuser;
    return 0;
}

/* Reads */

int account_get_user(const struct call *call, const char *id_or_name, struct account *out, struct error *err)
{
    struct account_params params = {.name_key = {NULL, 0}};
    bool is_id = id_parse(text_of(id_or_name), &params.account.id);
    struct account_row row;
    int found;

    if (!is_id)
        params.name_key = name_key(call->arena, text_of(id_or_name));
    found = db_query_one(call->db, is_id ? &account_sql_find_user_by_id : &account_sql_find_user, &params, call->arena,
                         &row, err);
    if (found == 0)
        return error_set(err, ERR_NOT_FOUND,
                         is_id ? "there is no user with the id '%s'" : "there is no user named '%s'", id_or_name);
    *out = row.account;
    return found < 0 ? -1 : 0;
}

int account_lock(const struct call *call, const struct id *id, struct account *out, struct error *err)
{
    struct account_params params = {.account.id = *id};
    struct account_row row;
    int found = db_query_one(call->db, &account_sql_lock, &params, call->arena, &row, err);

    if (found == 0)
        return error_set(err, ERR_NOT_FOUND, ACCOUNT_GONE);
    *out = row.account;
    return found < 0 ? -1 : 0;
}

int account_get_service(const struct call *call, const char *id_or_name, const struct id *organization_id,
                        struct account *out, struct error *err)
{
    struct account_params params = {.account.organization_id = *organization_id};
    bool is_id = id_parse(text_of(id_or_name), &params.account.id);
    struct account_row *rows;
    int64_t count;

    if (!is_id)
        params.name_key = name_key(call->arena, text_of(id_or_name));
    count = db_query_all(call->db, is_id ? &account_sql_find_service_by_id : &account_sql_find_services, &params,
                         call->arena, (void **)&rows, err);
    if (count == 0)
        return error_set(err, ERR_NOT_FOUND, "there is no service account '%s'%s", id_or_name,
                         id_is_nil(organization_id) ? "" : " in this organization");
    if (count > 1)
        return error_set(err, ERR_VALIDATION,
                         "several organizations have a service account named '%s'; say which with --organization, or "
                         "give its id instead of its name",
                         id_or_name);
    if (count > 0)
        *out = rows[0].account;
    return count < 0 ? -1 : 0;
}

int64_t account_list(const struct call *call, enum account_kind kind, const struct id *organization_id,
                     struct account **out, struct error *err)
{
    struct account_params params = {.kind = kinds[kind], .account.organization_id = *organization_id};
    struct account_row *rows = NULL;
    int64_t count = db_query_all(call->db, &account_sql_list, &params, call->arena, (void **)&rows, err);

    *out = count > 0 ? arena_alloc(call->arena, (size_t)count * sizeof(**out)) : NULL;
    for (int64_t i = 0; i < count; i++)
        (*out)[i] = rows[i].account;
    return count;
}
