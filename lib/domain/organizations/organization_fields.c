#include <string.h>

#include "base/jsonw.h"
#include "base/text.h"
#include "organization_private.h"
#include "web/paging.h"

#define LINKS_TEXT_MAXIMUM ((size_t)8 * 1024 * 1024)

struct link {
    struct text title;
    struct text url;
};

static const char *check_name(struct text name)
{
    struct id id;

    if (text_has_control(name))
        return "a name has no control characters";
    if (text_has_outer_space(name))
        return "a name does not start or end with white space";
    if (id_parse(name, &id))
        return "a name may not look like a UUID";
    return NULL;
}

/* clang-format off: tables, to be read as such */

static const struct field link_fields[] = {
    {.name = "title",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED,
     .minimum = 1,
     .maximum = 50,
     .offset = offsetof(struct link, title)},
    {.name = "url", .type = FIELD_URL, .flags = FIELD_REQUIRED, .maximum = 2048, .offset = offsetof(struct link, url)},
    {.name = NULL},
};

/* The fields' order is that of enum org_given. */
#define NAME_FIELD(needed)                                                                                             \
    {                                                                                                                  \
        .name = "name", .type = FIELD_TEXT, .flags = FIELD_NFC | (needed), .minimum = 1, .maximum = 50,                \
        .offset = offsetof(struct org_input, name), .check = check_name                                                \
    }
#define OPTIONAL_FIELDS                                                                                                \
    {.name = "description",                                                                                            \
     .type = FIELD_TEXT,                                                                                               \
     .flags = FIELD_NULLABLE,                                                                                          \
     .minimum = 1,                                                                                                     \
     .maximum = 256,                                                                                                   \
     .offset = offsetof(struct org_input, description)},                                                               \
        {.name = "logo_url",                                                                                           \
         .type = FIELD_URL,                                                                                            \
         .flags = FIELD_NULLABLE,                                                                                      \
         .maximum = 2048,                                                                                              \
         .offset = offsetof(struct org_input, logo_url)},                                                              \
        {.name = "links",                                                                                              \
         .type = FIELD_LIST,                                                                                           \
         .flags = FIELD_NULLABLE,                                                                                      \
         .maximum = 20,                                                                                                \
         .offset = offsetof(struct org_input, links_list),                                                             \
         .items = link_fields,                                                                                         \
         .item_size = sizeof(struct link)},                                                                            \
    {                                                                                                                  \
        .name = "owner_id", .type = FIELD_ID, .flags = FIELD_NULL_IS_ABSENT,                                           \
        .offset = offsetof(struct org_input, owner_id)                                                                 \
    }

const struct field org_create_fields[] = {
    NAME_FIELD(FIELD_REQUIRED),
    OPTIONAL_FIELDS,
    {.name = "id", .type = FIELD_ID, .flags = FIELD_NULL_IS_ABSENT, .offset = offsetof(struct org_input, id)},
    {.name = NULL},
};

const struct field org_update_fields[] = {
    NAME_FIELD(FIELD_NULL_IS_ABSENT),
    OPTIONAL_FIELDS,
    {.name = NULL},
};

const struct field org_list_fields[] = {
    {.name = "name", .type = FIELD_TEXT, .maximum = FIELD_UNBOUNDED, .offset = offsetof(struct org_filter, name)},
    PAGING_OFFSET(struct org_filter),
    PAGING_LIMIT(struct org_filter),
    {.name = "owner_id", .type = FIELD_ID, .offset = offsetof(struct org_filter, owner_id)},
    {.name = "owner_username",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     .offset = offsetof(struct org_filter, owner_username)},
    PAGING_AFTER(struct org_filter, "organization"),
    PAGING_INCLUDE_TOTAL(struct org_filter),
    {.name = "include_subscription_status",
     .type = FIELD_BOOL,
     .offset = offsetof(struct org_filter, include_subscription_status)},
    {.name = NULL},
};

/* clang-format on */

const struct field org_get_fields[] = {
    {.name = "include_subscription_status",
     .type = FIELD_BOOL,
     .offset = offsetof(struct org_filter, include_subscription_status)},
    {.name = NULL},
};

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

static int read_input(const struct call *call, const struct field *table, const json_t *body, struct org_input *out,
                      struct error *err)
{
    *out = (struct org_input){0};
    out->given = fields_from_json(table, body, call->arena, LOCATION("body"), out, call->faults);
    if (faults_result(call->faults, err) < 0)
        return -1;
    out->links = links_to_text(call->arena, &out->links_list);
    return 0;
}

int org_input_for_create(const struct call *call, const json_t *body, struct org_input *out, struct error *err)
{
    return read_input(call, org_create_fields, body, out, err);
}

int org_input_for_update(const struct call *call, const json_t *body, struct org_input *out, struct error *err)
{
    return read_input(call, org_update_fields, body, out, err);
}

int org_filter_from_query(const struct call *call, const struct urlencoded *query, struct org_filter *out,
                          struct error *err)
{
    *out = (struct org_filter){0};
    paging_from_query(org_list_fields, query, call->arena, out, call->faults);
    return faults_result(call->faults, err);
}

int org_include_from_query(const struct call *call, const struct urlencoded *query, bool *include_subscription_status,
                           struct error *err)
{
    struct org_filter filter = {0};

    fields_from_query(org_get_fields, query, call->arena, &filter, call->faults);
    *include_subscription_status = filter.include_subscription_status;
    return faults_result(call->faults, err);
}
