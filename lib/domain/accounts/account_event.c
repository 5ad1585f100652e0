#include "account_event.h"

#include "base/text.h"

#define ACTION(verb)                                                                                                   \
    {                                                                                                                  \
        "user." verb, "service_account." verb                                                                          \
    }

const struct account_action account_created = ACTION("created");
const struct account_action account_updated = ACTION("updated");
const struct account_action account_activated = ACTION("activated");
const struct account_action account_deactivated = ACTION("deactivated");
const struct account_action account_deleted = ACTION("deleted");

void account_own_event(struct event *event, const struct account *account)
{
    if (account->is_service)
        event->organization = (struct event_party){account->organization_id, account->organization};
    else
        event->account_id = account->id;
    event_target(event, account->is_service ? "service_account" : "user", &account->id, account->name);
}

/* Returns null while the configured limit counts for the account. */
static struct text limit_of(const struct call *call, const struct account *account)
{
    if (account == NULL || account->organization_limit == ACCOUNT_DEFAULT_LIMIT)
        return (struct text){NULL, 0};
    return text_of(arena_printf(call->arena, "%lld", (long long)account->organization_limit));
}

/* Fields that only users, or only service accounts, have are null of the others, and so left out. */
static void compare(struct event *event, const struct call *call, const struct account *before,
                    const struct account *after)
{
    static const struct account nothing;
    const struct account *from = before == NULL ? &nothing : before;
    const struct account *to = after == NULL ? &nothing : after;

    event_changed_text(event, call, "username", from->name, to->name);
    event_changed_text(event, call, "email", from->email, to->email);
    event_changed_text(event, call, "name", from->full_name, to->full_name);
    event_changed_text(event, call, "avatar_url", from->avatar_url, to->avatar_url);
    event_changed_text(event, call, "company", from->company, to->company);
    event_changed_text(event, call, "job_title", from->job_title, to->job_title);
    event_changed_json(event, call, "metadata", from->metadata, to->metadata);
    event_changed_text(event, call, "language", from->language, to->language);
    event_changed_text(event, call, "time_zone", from->time_zone, to->time_zone);
    event_changed_text(event, call, "description", from->description, to->description);
    event_changed_text(event, call, "role", from->role, to->role);
    event_changed_json(event, call, "organization_limit", limit_of(call, before), limit_of(call, after));
    event_changed_bool(event, "email_verified", before == NULL ? NULL : &before->email_verified,
                       after == NULL ? NULL : &after->email_verified);
    event_changed_bool(event, "is_active", before == NULL ? NULL : &before->is_active,
                       after == NULL ? NULL : &after->is_active);
    event_changed_bool(event, "is_superuser", before == NULL ? NULL : &before->is_superuser,
                       after == NULL ? NULL : &after->is_superuser);
}

struct event account_event(const struct call *call, const struct account_action *action, const struct account *before,
                           const struct account *after)
{
    const struct account *account = after == NULL ? before : after;
    struct event event = {.action = account->is_service ? action->of_service : action->of_user};

    account_own_event(&event, account);
    compare(&event, call, before, after);
    return event;
}

void account_record(struct db_unit *unit, const struct call *call, const struct account_action *action,
                    const struct account *before, const struct account *after)
{
    struct event event = account_event(call, action, before, after);

    event.actor = event_operator(call);
    event_add(unit, call, &event);
}
