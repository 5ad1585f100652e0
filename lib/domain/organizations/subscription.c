#include "subscription.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "domain/events/event.h"
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

/* Setting */

struct subscription_change {
    const struct call *call;
    struct subscription_params params;
};

static struct text name_of(int64_t status)
{
    return status == SUBSCRIPTION_NONE ? (struct text){NULL, 0}
                                       : text_of(subscription_name((enum subscription_status)status));
}

static int plan_change(struct db_unit *unit, void *context, struct error *err)
{
    const struct subscription_change *change = context;
    const struct call *call = change->call;
    struct subscription_params params = change->params;
    struct subscription_row before;
    struct event event = {.action = "subscription.updated", .actor = event_operator(call)};
    int found = db_query_one(call->db, &subscription_sql_lock, &params, call->arena, &before, err);

    if (found <= 0)
        return found < 0 ? -1 : error_set(err, ERR_NOT_FOUND, "the organization no longer exists");
    if (params.trial_end.us == 0)
        params.trial_end = before.trial_end;
    event_changed_text(&event, call, "status", name_of(before.status), name_of(params.status));
    event_changed_time(&event, call, "trial_end", before.trial_end, params.trial_end);
    if (event.change_count == 0)
        return 0;
    db_unit_add(unit, &subscription_sql_set, &params);
    event.organization = (struct event_party){params.organization_id, before.organization};
    event_target(&event, "organization", &params.organization_id, before.organization);
    event_add(unit, call, &event);
    return 0;
}

int subscription_set(const struct call *call, const struct id *organization_id, enum subscription_status status,
                     struct timestamp trial_end, struct error *err)
{
    struct subscription_change change = {
        .call = call,
        .params = {.organization_id = *organization_id, .status = status, .trial_end = trial_end},
    };
    struct db_work work = {.plan = plan_change, .locks = true, .context = &change};

    return event_transaction(call, &work, err);
}
