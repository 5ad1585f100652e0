#include "organization_event.h"

#include "base/text.h"
#include "domain/events/event.h"
#include "subscription.h"

#define CHANGED_TEXT event_changed_text
#define CHANGED_JSON event_changed_json

static void compare_id(struct event *event, const struct call *call, const char *field, struct id before,
                       struct id after)
{
    event_changed_id(event, call, field, &before, &after);
}
#define CHANGED_ID compare_id

#define NO_SUBSCRIPTION()

/* The fields that a client may set; an organization that is not there yet, or no more, has none. */
static void compare(struct event *event, const struct call *call, const struct organization *before,
                    const struct organization *after)
{
#define COMPARE(member, type, use) COMPARE_##use(member, type)
#define COMPARE_KEY(member, type)
#define COMPARE_SHOWN(member, type)
#define COMPARE_INNER(member, type)
#define COMPARE_PATCHED(member, type) CHANGED_##type(event, call, #member, before->member, after->member);
    ORGANIZATION_FIELDS(COMPARE, NO_SUBSCRIPTION)
}

static struct text status_of(const struct organization *organization)
{
    int64_t status = organization->subscription_status;

    return status == SUBSCRIPTION_NONE ? (struct text){NULL, 0}
                                       : text_of(subscription_name((enum subscription_status)status));
}

void organization_record(struct db_unit *unit, const struct call *call, const struct id *account_id, const char *action,
                         const struct organization *before, const struct organization *after)
{
    static const struct organization nothing;
    const struct organization *named = after == NULL ? before : after;
    struct event event = {
        .action = action,
        .actor = event_caller(call, account_id),
        .organization = {named->id, named->name},
    };

    before = before == NULL ? &nothing : before;
    after = after == NULL ? &nothing : after;
    event_target(&event, "organization", &named->id, named->name);
    compare(&event, call, before, after);
    event_changed_text(&event, call, "subscription_status", status_of(before), status_of(after));
    event_changed_time(&event, call, "trial_end", before->trial_end, after->trial_end);
    event_add(unit, call, &event);
}
