#include "hashing.h"

#include "process/breaks.h"

int hashing_begin(const struct call *call, struct error *err)
{
    if (!slots_take(call->hashing)) {
        error_set(err, ERR_BUSY, N_("Others are signing in at this moment. Try again in a second."));
        return error_retry_after(err, 1);
    }
    breaks_begin();
    return 0;
}

void hashing_end(const struct call *call)
{
    breaks_end();
    slots_release(call->hashing);
}
