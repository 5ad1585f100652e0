#include "caller.h"

void actor_note(struct actor *actor, const struct id *account_id, const struct id *credential_id)
{
    if (actor != NULL)
        *actor = (struct actor){*account_id, *credential_id};
}

int caller_accept(const struct caller_row *row, struct principal *out, struct error *err)
{
    if (row == NULL || !row->counts)
        return error_set(err, ERR_UNAUTHORIZED, "The credential is unknown or revoked, or its account is not active.");
    *out = (struct principal){.account_id = row->account_id, .is_superuser = row->is_superuser};
    return 0;
}
