#include "caller.h"

int caller_accept(const struct caller_row *row, struct principal *out, struct error *err)
{
    if (row == NULL || !row->counts)
        return error_set(err, ERR_UNAUTHORIZED, "The credential is unknown or revoked, or its account is not active.");
    *out = (struct principal){.account_id = row->account_id, .is_superuser = row->is_superuser};
    return 0;
}
