#include "organization_event.h"

#include "base/text.h"
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

static const struct organization nothing;

/* Says what the event is about, and what has changed, and adds it. `named` is one of the two others. Of a transfer both
 * owners are told. */
static void add(struct db_unit *unit, const struct call *call, struct event *event, const struct organization *named,
                const struct organization *before, const struct organization *after,
                const struct organization_transfer *transfer)
{
    event->organization = (struct event_party){named->id, named->name};
    event_target(event, "organization", &named->id, named->name);
    if (transfer != NULL) {
        event_target(event, "user", &transfer->from.id, transfer->from.name);
        event_target(event, "user", &transfer->to.id, transfer->to.name);
    }
    compare(event, call, before, after);
    event_changed_text(event, call, "subscription_status", status_of(before), status_of(after));
    event_changed_time(event, call, "trial_end", before->trial_end, after->trial_end);
    event_add(unit, call, event);
}

void organization_record_update(struct db_unit *unit, const struct call *call, const struct id *account_id,
                                const struct organization *before, const struct organization *after,
                                const struct organization_transfer *transfer)
{
    struct event event = {.action = "organization.updated", .actor = event_caller(call, account_id)};

    add(unit, call, &event, after, before, after, transfer);
}

void organization_record_deletion(struct db_unit *unit, const struct call *call, const struct id *account_id,
                                  const struct organization *organization)
{
    struct event event = {.action = "organization.deleted", .actor = event_caller(call, account_id)};

    add(unit, call, &event, organization, organization, &nothing, NULL);
}

void organization_record_creation(struct db_unit *unit, const struct call *call, const struct id *account_id,
                                  bool is_named, bool has_new_id, const struct organization *organization)
{
    struct event event = {
        .action = "organization.created",
        .actor = event_caller(call, account_id),
        .begins_chain = has_new_id,
    };

    event.actor.is_named = is_named;
    add(unit, call, &event, organization, &nothing, organization, NULL);
}
