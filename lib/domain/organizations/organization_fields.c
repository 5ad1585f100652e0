#include <string.h>

#include "base/jsonw.h"
#include "domain/name.h"
#include "organization.h"
#include "web/paging.h"

#define LINKS_TEXT_MAXIMUM ((size_t)8 * 1024 * 1024)

struct link {
    struct text title;
    struct text url;
};

#define URL_RULE                                                                                                       \
    "Absolute, http or https, without a user name or password, and with nothing that RFC 3986 does not allow."

static const struct field link_fields[] = {
    {.name = "title",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED,
     .minimum = 1,
     .maximum = 50,
     FIELD_AT(struct link, title),
     .description = "What the link is called."},
    {.name = "url",
     .type = FIELD_URL,
     .flags = FIELD_REQUIRED,
     .maximum = 2048,
     FIELD_AT(struct link, url),
     .description = URL_RULE},
    {.name = NULL},
};

static const struct model link_model = {.name = "Link", .fields = link_fields};

/* What bodies and answers share about each field. */
#define NAME                                                                                                           \
    .name = "name", .type = FIELD_TEXT, .minimum = 1, .maximum = 50,                                                   \
    .description = "Unique by its key: without what cannot be seen, case-folded to NFKC; accents count. No control "   \
                   "characters, bidirectional controls or unassigned code points, no white space at the ends, not "    \
                   "one or two dots, does not look like a UUID. Stored in Normalization Form C."
#define DESCRIPTION                                                                                                    \
    .name = "description", .type = FIELD_TEXT, .minimum = 1, .maximum = 256,                                           \
    .description = "What the organization is, for people."
#define LOGO_URL .name = "logo_url", .type = FIELD_URL, .maximum = 2048, .description = "An image. " URL_RULE
#define LINKS                                                                                                          \
    .name = "links", .type = FIELD_LIST, .maximum = 20, .items = &link_model,                                          \
    .description = "Links to show in the dashboard, in this order."
/* What may be left out. */
#define OPTIONAL_FIELDS(owner_description)                                                                             \
    {DESCRIPTION, .flags = FIELD_NULLABLE,                                                                             \
     FIELD_AT_GIVEN(struct organization_input, value.description, given.description)},                                 \
        {LOGO_URL, .flags = FIELD_NULLABLE,                                                                            \
         FIELD_AT_GIVEN(struct organization_input, value.logo_url, given.logo_url)},                                   \
        {LINKS, .flags = FIELD_NULLABLE, FIELD_AT_GIVEN(struct organization_input, links, given.links),                \
         .item_size = sizeof(struct link)},                                                                            \
    {                                                                                                                  \
        .name = "owner_id", .type = FIELD_ID, .flags = FIELD_NULL_IS_ABSENT,                                           \
        FIELD_AT_GIVEN(struct organization_input, value.owner_id, given.owner_id), .description = (owner_description)  \
    }

static const struct field create_fields[] = {
    {NAME, .flags = FIELD_NFC | FIELD_REQUIRED, FIELD_AT_GIVEN(struct organization_input, value.name, given.name),
     .check = name_check},
    OPTIONAL_FIELDS("The user who owns it. Not set: the caller. Only a superuser may set another."),
    {.name = "id",
     .type = FIELD_ID,
     .flags = FIELD_NULL_IS_ABSENT,
     FIELD_AT_GIVEN(struct organization_input, value.id, given.id),
     .description = "Only a superuser may set it."},
    {.name = NULL},
};

const struct model organization_create_model = {
    "OrganizationCreate", create_fields,
    .example =
        "{\"name\":\"Acme\",\"description\":\"Anvils and more\",\"logo_url\":\"https://acme.example.com/logo.png\",\"links\":[{\"title\":\"Status\",\"url\":\"https://status.example.com\"}]}"};

static const struct field update_fields[] = {
    {NAME, .flags = FIELD_NFC | FIELD_NULL_IS_ABSENT, FIELD_AT_GIVEN(struct organization_input, value.name, given.name),
     .check = name_check},
    OPTIONAL_FIELDS("The user who owns it. Transfers the ownership: by the owner, to a member, or by a superuser."),
    {.name = NULL},
};

const struct model organization_update_model = {
    "OrganizationUpdate", update_fields,
    .example =
        "{\"description\":\"Anvils and more\",\"links\":[{\"title\":\"Status\",\"url\":\"https://status.example.com\"}]}"};

const struct field organization_get_fields[] = {
    ORGANIZATION_SUBSCRIPTION_STATUS,
    {.name = NULL},
};

/* The form that organization_write_json() writes. */
static const struct field answer_fields[] = {
    {NAME, .flags = FIELD_REQUIRED},
    {DESCRIPTION, .flags = FIELD_REQUIRED | FIELD_NULLABLE},
    {LOGO_URL, .flags = FIELD_REQUIRED | FIELD_NULLABLE},
    {.name = "id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "Never changes."},
    {.name = "created", .type = FIELD_TIME, .flags = FIELD_REQUIRED, .description = "When it was created."},
    {.name = "updated",
     .type = FIELD_TIME,
     .flags = FIELD_REQUIRED,
     .description = "When something of it changed last."},
    {.name = "has_active_subscription",
     .type = FIELD_BOOL,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     .description = "True while the organization is in its trial or billed. Null unless include_subscription_status is "
                    "true and the caller has subscription:read."},
    {.name = "trial_expiry",
     .type = FIELD_INT,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     .maximum = FIELD_UNBOUNDED,
     .description = "Whole seconds until the trial ends; null if it is not in trial, not asked for or not to be seen."},
    {.name = "owner_id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "The user who owns it."},
    {LINKS, .flags = FIELD_REQUIRED | FIELD_NULLABLE},
    {.name = NULL},
};

const struct model organization_model = {
    "Organization", answer_fields,
    .example =
        "{\"name\":\"Acme\",\"description\":\"Anvils and more\",\"logo_url\":\"https://acme.example.com/logo.png\",\"id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\",\"created\":\"2026-11-23T09:30:00.123456Z\",\"updated\":\"2026-11-23T09:30:00.123456Z\",\"has_active_subscription\":null,\"trial_expiry\":null,\"owner_id\":\"01932d2f-1b40-7c11-9d02-5be3a0f4c6d1\",\"links\":[{\"title\":\"Status\",\"url\":\"https://status.example.com\"}]}"};

static struct text links_to_text(struct arena *arena, const struct field_list *list)
{
    const struct link *links = list->items;
    struct buf out;
    struct text text;

    if (links == NULL)
        return (struct text){NULL, 0};
    buf_init(&out, LINKS_TEXT_MAXIMUM);
    buf_add_char(&out, '[');
    for (size_t i = 0; i < list->count; i++) {
        buf_add_string(&out, i == 0 ? "{\"title\":" : ",{\"title\":");
        jsonw_text(&out, links[i].title);
        buf_add_literal(&out, ",\"url\":");
        jsonw_text(&out, links[i].url);
        buf_add_char(&out, '}');
    }
    buf_add_char(&out, ']');
    text = (struct text){arena_strndup(arena, out.data, out.length), out.length};
    buf_release(&out);
    return text;
}

static int read_input(const struct call *call, const struct field *table, const json_t *body,
                      struct organization_input *out, struct error *err)
{
    *out = (struct organization_input){0};
    fields_from_json(table, body, call->arena, LOCATION("body"), out, call->faults);
    if (faults_result(call->faults, err) < 0)
        return -1;
    out->value.links = links_to_text(call->arena, &out->links);
    return 0;
}

int organization_input_for_create(const struct call *call, const json_t *body, struct organization_input *out,
                                  struct error *err)
{
    return read_input(call, create_fields, body, out, err);
}

int organization_input_for_update(const struct call *call, const json_t *body, struct organization_input *out,
                                  struct error *err)
{
    return read_input(call, update_fields, body, out, err);
}

int organization_include_from_query(const struct call *call, const struct urlencoded *query,
                                    bool *include_subscription_status, struct error *err)
{
    struct organization_filter filter = {0};

    fields_from_query(organization_get_fields, query, call->arena, &filter, call->faults);
    *include_subscription_status = filter.include_subscription_status;
    return faults_result(call->faults, err);
}
