#include "event_feed.h"

#define ACTION_LENGTH_MAX 64

static const char *const orders[] = {"occurred_at", "-occurred_at", NULL};
static const char *const formats[] = {"json", "csv", "jsonl", NULL};

const struct field event_feed_fields[] = {
    {.name = "action",
     .type = FIELD_TEXT,
     .minimum = 1,
     .maximum = ACTION_LENGTH_MAX,
     FIELD_AT(struct event_filter, action),
     .description = "Only this action, or with .* behind the resource all of that resource.",
     .example = "\"organization.*\""},
    {.name = "actor_id",
     .type = FIELD_ID,
     FIELD_AT(struct event_filter, actor_id),
     .description = "Only what this user or service account did."},
    {.name = "target_id",
     .type = FIELD_ID,
     FIELD_AT(struct event_filter, target_id),
     .description = "Only what was done to this."},
    {.name = "since",
     .type = FIELD_TIME,
     FIELD_AT(struct event_filter, since),
     .description = "Only what occurred at this time or later (RFC 3339)."},
    {.name = "until",
     .type = FIELD_TIME,
     FIELD_AT(struct event_filter, until),
     .description = "Only what occurred before this time (RFC 3339)."},
    {.name = "order_by",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct event_filter, order_by),
     .values = orders,
     .description = "The oldest first, or the newest, which is the default. To follow a feed, read the oldest first "
                    "and go on after the last event that you have."},
    PAGING_OFFSET(struct event_filter),
    PAGING_LIMIT(struct event_filter),
    PAGING_AFTER(struct event_filter, "event"),
    PAGING_INCLUDE_TOTAL(struct event_filter),
    {.name = "format",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct event_filter, format),
     .values = formats,
     .description =
         "json is a page. csv and jsonl are a file with the whole selection, or with as many events as limit "
         "says if that is given. Without it, Accept decides."},
    {.name = NULL},
};

int event_filter_from_query(const struct call *call, enum event_feed feed, const struct urlencoded *query,
                            struct event_filter *out, struct error *err)
{
    *out = (struct event_filter){.feed = feed};
    paging_from_query(event_feed_fields, query, call->arena, out, call->faults);
    return faults_result(call->faults, err);
}

/* The form that event_row_write_json() writes. */

#define TEXT_OR_NULL(key, text)                                                                                        \
    {                                                                                                                  \
        .name = (key), .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_NULLABLE, .description = (text)             \
    }
#define ID_OR_NULL(key, text)                                                                                          \
    {                                                                                                                  \
        .name = (key), .type = FIELD_ID, .flags = FIELD_REQUIRED | FIELD_NULLABLE, .description = (text)               \
    }
#define NUMBER(key, text)                                                                                              \
    {                                                                                                                  \
        .name = (key), .type = FIELD_INT, .flags = FIELD_REQUIRED, .minimum = 1, .maximum = FIELD_UNBOUNDED,           \
        .description = (text)                                                                                          \
    }

static const struct field actor_fields[] = {
    {.name = "type",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED,
     .description = "user, service_account, operator, issuer, client or anonymous"},
    ID_OR_NULL("id", "Of the account."),
    TEXT_OR_NULL("name", "As it was then; of an operator the login name and the host."),
    ID_OR_NULL("credential_id", "Of the key, token, session or grant that was used."),
    {.name = NULL},
};
static const struct model actor_model = {"EventActor", actor_fields, NULL};

static const struct field organization_fields[] = {
    {.name = "id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "It may be gone."},
    TEXT_OR_NULL("name", "As it was then."),
    {.name = NULL},
};
static const struct model organization_of_event_model = {"EventOrganization", organization_fields, NULL};

static const struct field target_fields[] = {
    {.name = "type", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "What it is."},
    ID_OR_NULL("id", "It may be gone."),
    TEXT_OR_NULL("name", "As it was then."),
    {.name = NULL},
};
static const struct model target_model = {"EventTarget", target_fields, NULL};

static const struct field context_fields[] = {
    TEXT_OR_NULL("request_id", "X-Request-Id of the request, which its log lines have too."),
    TEXT_OR_NULL("address", "Of the client."),
    TEXT_OR_NULL("user_agent", "At most 200 characters."),
    {.name = NULL},
};
static const struct model context_model = {"EventContext", context_fields, NULL};

static const struct field answer_fields[] = {
    {.name = "id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "Never changes."},
    NUMBER("sequence", "Its number in the chain of its organization, its account or the service, without gaps."),
    {.name = "action", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "resource.verb"},
    {.name = "occurred_at", .type = FIELD_TIME, .flags = FIELD_REQUIRED, .description = "Grows with sequence."},
    {.name = "actor",
     .type = FIELD_OBJECT,
     .flags = FIELD_REQUIRED,
     .items = &actor_model,
     .description = "Who did it."},
    {.name = "organization",
     .type = FIELD_OBJECT,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     .items = &organization_of_event_model,
     .description = "Which it belongs to."},
    {.name = "targets",
     .type = FIELD_LIST,
     .flags = FIELD_REQUIRED,
     .items = &target_model,
     .description = "What it was done to."},
    {.name = "context",
     .type = FIELD_OBJECT,
     .flags = FIELD_REQUIRED,
     .items = &context_model,
     .description = "Where it came from."},
    {.name = "changes",
     .type = FIELD_OBJECT,
     .flags = FIELD_REQUIRED,
     .description = "For each field that changed, its values before and after. Secrets are left out."},
    NUMBER("count", "Of a refusal: how often it happened within ten minutes. Else 1."),
    NUMBER("version", "Of what hash is made of."),
    {.name = "hash",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED,
     .description = "SHA-256 of this event and of the one before it in the chain, hexadecimal."},
    {.name = NULL},
};

const struct model event_model = {
    "Event", answer_fields,
    .example =
        "{\"id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\",\"sequence\":2,\"action\":\"organization.updated\",\"occurred_at\":\"2026-11-23T09:30:00.123456Z\",\"actor\":{\"type\":\"user\",\"id\":\"01932d2f-1b40-7c11-9d02-5be3a0f4c6d1\",\"name\":\"ada\",\"credential_id\":\"01932d30-2c50-7d22-8e13-6cf4b1a5d7e2\"},\"organization\":{\"id\":\"01932d39-4b00-7b2a-9e3d-1e5c0bfa8976\",\"name\":\"Acme\"},\"targets\":[{\"type\":\"organization\",\"id\":\"01932d39-4b00-7b2a-9e3d-1e5c0bfa8976\",\"name\":\"Acme\"}],\"context\":{\"request_id\":\"r-1\",\"address\":\"192.0.2.1\",\"user_agent\":\"curl/7.88.1\"},\"changes\":{\"description\":{\"before\":null,\"after\":\"Anvils and more\"}},\"count\":1,\"version\":1,\"hash\":\"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"}"};
