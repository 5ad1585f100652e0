#include "user.h"

#include <stdio.h>

#include "domain/access/access.h"
#include "user_private.h"
#include "user_sql.h"

int user_get_self(const struct call *call, struct account *out, struct error *err)
{
    const struct credential *caller = &call->caller.credential;
    struct user_params params = {.caller = *caller};
    struct principal principal;
    struct user_row row;
    int found = db_query_one(call->db, caller_statement(user_sql_self, caller), &params, call->arena, &row, err);

    if (found < 0 || access_accept(call, found == 0 ? NULL : &row.caller, &principal, err) < 0)
        return -1;
    *out = row.account;
    out->is_superuser = principal.is_superuser;
    return 0;
}

int user_see(const struct call *call, const struct id *id, struct principal *principal, struct account *out,
             struct error *err)
{
    const struct credential *caller = &call->caller.credential;
    struct user_params params = {
        .caller = *caller,
        .id = *id,
        .member_readers = permission_bits(PERMISSION_MEMBER_READ),
    };
    struct user_row row;
    int found = db_query_one(call->db, caller_statement(user_sql_get, caller), &params, call->arena, &row, err);

    if (found < 0 || access_accept(call, found == 0 ? NULL : &row.caller, principal, err) < 0)
        return -1;
    if (id_is_nil(&row.account.id))
        return error_set(err, ERR_NOT_FOUND, "There is no such user, or you may not see it.");
    *out = row.account;
    return 0;
}

int user_get(const struct call *call, const struct id *id, struct account *out, struct error *err)
{
    struct principal principal;

    return user_see(call, id, &principal, out, err);
}

/* An identity may be linked and unlinked without a change of the account's row. */
void user_etag(const struct account *account, char out[USER_ETAG_SIZE])
{
    snprintf(out, USER_ETAG_SIZE, "\"%llx.%lld.%llx\"", (unsigned long long)account->created.us,
             (long long)account->revision, (unsigned long long)account->oauth_linked.us);
}
