#include "caller.h"
#include "base/digest.h"

static bool proves(const struct credential *credential, const struct caller_row *row, struct timestamp now)
{
    if (credential->is_external)
        return true;
    if (credential->is_token)
        return id_equal(&credential->account_id, &row->account_id);
    return digest_equal(&credential->digest, &row->secret) ||
           (row->retained_until.us > now.us && digest_equal(&credential->digest, &row->retained_secret));
}

int caller_accept(const struct credential *credential, const struct caller_row *row, struct timestamp now,
                  struct principal *out, struct error *err)
{
    if (row == NULL || !row->account_is_active || !row->is_active || !proves(credential, row, now))
        return error_set(err, ERR_UNAUTHORIZED, "The credential is unknown or revoked, or its account is not active.");
    *out = (struct principal){.account_id = row->account_id, .is_superuser = row->is_superuser};
    return 0;
}

int caller_insert_credential(struct db *db, const struct db_statement *statement, const void *params, struct error *err)
{
    int64_t inserted = db_execute(db, statement, params, err);

    if (inserted == 0)
        return error_set(err, ERR_NOT_FOUND, "The account no longer exists.");
    return inserted < 0 ? -1 : 0;
}
