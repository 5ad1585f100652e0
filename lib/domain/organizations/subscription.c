#include "subscription.h"

#include <assert.h>
#include <string.h>

#include "db/db_unit.h"
#include "subscription_sql.h"

static const char *const names[] = {
    [SUBSCRIPTION_TRIALING] = "trialing",
    [SUBSCRIPTION_ACTIVE] = "active",
    [SUBSCRIPTION_CANCELED] = "canceled",
};

const char *subscription_name(enum subscription_status status)
{
    assert(status > SUBSCRIPTION_NONE && (size_t)status < ARRAY_LENGTH(names));
    return names[status];
}

bool subscription_parse(const char *name, enum subscription_status *out)
{
    for (size_t i = SUBSCRIPTION_TRIALING; i < ARRAY_LENGTH(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (enum subscription_status)i;
            return true;
        }
    }
    return false;
}

bool subscription_is_active(int64_t status, struct timestamp trial_end, struct timestamp now)
{
    return status == SUBSCRIPTION_ACTIVE || subscription_trial_expiry(status, trial_end, now) >= 0;
}

int64_t subscription_trial_expiry(int64_t status, struct timestamp trial_end, struct timestamp now)
{
    if (status != SUBSCRIPTION_TRIALING || trial_end.us <= now.us)
        return -1;
    return (trial_end.us - now.us) / US_PER_S;
}

void subscription_start(const struct call *call, int64_t *status, struct timestamp *trial_end)
{
    int64_t trial_us = call->config->trial_days * S_PER_DAY * US_PER_S;

    *status = trial_us > 0 ? SUBSCRIPTION_TRIALING : SUBSCRIPTION_CANCELED;
    trial_end->us = trial_us > 0 ? call->now.us + trial_us : 0;
}

int subscription_set(const struct call *call, const struct id *organization_id, enum subscription_status status,
                     struct timestamp trial_end, struct error *err)
{
    struct subscription_params params = {.organization_id = *organization_id, .status = status, .trial_end = trial_end};

    return db_change(call->db, call->arena, &subscription_sql_set, &params, ERR_NONE, NULL, err);
}
