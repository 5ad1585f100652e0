#include "purge.h"

#include "base/log.h"
#include "base/random.h"
#include "purge_sql.h"

/* One call in so many cleans up. */
#define PURGE_ODDS 8
/* Expired rows stay for a day, so that a second use can still be told from an invented secret. */
#define KEPT_US (S_PER_DAY * US_PER_S)

static int purge(const struct call *call, struct error *err)
{
    static const struct db_statement *const statements[] = {
        &purge_sql_credentials,
        &purge_sql_codes,
        &purge_sql_devices,
        &purge_sql_attempts,
    };
    struct purge_params params = {.expires.us = call->now.us - KEPT_US};

    for (size_t i = 0; i < ARRAY_LENGTH(statements); i++)
        if (db_execute(call->db, statements[i], &params, err) < 0)
            return -1;
    return 0;
}

void purge_now_and_then(const struct call *call)
{
    struct error err;
    uint8_t random;

    random_fill(&random, sizeof(random));
    if (random % PURGE_ODDS == 0 && purge(call, &err) < 0)
        log_warning("cannot delete expired sessions: %s", err.message);
}
