#include "use.h"

#include "base/log.h"
#include "use_sql.h"

#define PAUSE_US (60 * US_PER_S)

void use_note(const struct call *call, struct hourly *uses, const struct id *credential_id)
{
    struct use_params params = {.credential_id = *credential_id, .hour.us = call->now.us / US_PER_HOUR * US_PER_HOUR};
    struct error err;

    if (call->now.us < uses->not_before_us || hourly_is_done(uses, credential_id, call->now))
        return;
    if (db_execute(call->db, &use_sql_note, &params, &err) < 0) {
        log_warning("the use of a credential is not on record: %s", err.message);
        uses->not_before_us = call->now.us + PAUSE_US;
        return;
    }
    hourly_note(uses, credential_id, call->now);
}
