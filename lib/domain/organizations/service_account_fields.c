#include "domain/name.h"
#include "service_account.h"

#define USERNAME(its_flags)                                                                                            \
    {                                                                                                                  \
        .name = "username", .type = FIELD_TEXT, .flags = FIELD_NFC | (its_flags), .minimum = 1,                        \
        .maximum = ACCOUNT_NAME_LENGTH_MAX,                                                                            \
        FIELD_AT_GIVEN(struct service_account_input, change.value.name, change.given.name), .check = name_check,       \
        .description = "Unique in the organization by its key, as names of organizations are."                         \
    }
#define NAME                                                                                                           \
    {                                                                                                                  \
        .name = "name", .type = FIELD_TEXT, .flags = FIELD_NULLABLE | FIELD_NFC, .minimum = 1, .maximum = 200,         \
        FIELD_AT_GIVEN(struct service_account_input, change.value.full_name, change.given.full_name),                  \
        .check = name_check_line, .description = "What people call it."                                                \
    }
#define DESCRIPTION                                                                                                    \
    {                                                                                                                  \
        .name = "description", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .minimum = 1, .maximum = 256,              \
        FIELD_AT_GIVEN(struct service_account_input, change.value.description, change.given.description),              \
        .description = "What it is for."                                                                               \
    }

static const struct field create_fields[] = {
    USERNAME(FIELD_REQUIRED),
    NAME,
    DESCRIPTION,
    {.name = "role_id",
     .type = FIELD_ID,
     .flags = FIELD_NULL_IS_ABSENT,
     FIELD_AT(struct service_account_input, role_id),
     .description = "A role of the organization, one of the system's or one that was made there. Not set: it may do "
                    "nothing until a role is assigned to it."},
    {.name = NULL},
};

const struct model service_account_create_model = {
    "ServiceAccountCreate", create_fields,
    .example =
        "{\"username\":\"ci\",\"name\":\"Continuous integration\",\"description\":\"Builds and tests\",\"role_id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a84\"}"};

static const struct field update_fields[] = {
    USERNAME(FIELD_NULL_IS_ABSENT),
    NAME,
    DESCRIPTION,
    {.name = "is_active",
     .type = FIELD_BOOL,
     .flags = FIELD_NULL_IS_ABSENT,
     FIELD_AT_GIVEN(struct service_account_input, change.value.is_active, change.given.is_active),
     .description = "False stops all its keys, and ends their access tokens, with the next request. True lets the keys "
                    "work again, but not those tokens."},
    {.name = NULL},
};

const struct model service_account_update_model = {
    "ServiceAccountUpdate", update_fields, .example = "{\"description\":\"Builds and tests\",\"is_active\":false}"};

const struct field service_account_list_fields[] = {
    {.name = "username",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct service_account_filter, name_key),
     .description = "The whole username, without regard to case."},
    {.name = "search",
     .type = FIELD_TEXT,
     .maximum = SEARCH_LENGTH_MAX,
     FIELD_AT(struct service_account_filter, search),
     .description = "Only those with this in their username or name, without regard to case."},
    PAGING_OFFSET(struct service_account_filter),
    PAGING_LIMIT(struct service_account_filter),
    PAGING_AFTER(struct service_account_filter, "service account"),
    PAGING_INCLUDE_TOTAL(struct service_account_filter),
    {.name = NULL},
};

static int read_input(const struct call *call, const struct field *table, const json_t *body,
                      struct service_account_input *out, struct error *err)
{
    *out = (struct service_account_input){.change.value.organization_limit = ACCOUNT_DEFAULT_LIMIT};
    fields_from_json(table, body, call->arena, LOCATION("body"), out, call->faults);
    return faults_result(call->faults, err);
}

int service_account_input_for_create(const struct call *call, const json_t *body, struct service_account_input *out,
                                     struct error *err)
{
    return read_input(call, create_fields, body, out, err);
}

int service_account_input_for_update(const struct call *call, const json_t *body, struct service_account_input *out,
                                     struct error *err)
{
    return read_input(call, update_fields, body, out, err);
}

int service_account_filter_from_query(const struct call *call, const struct urlencoded *query,
                                      struct service_account_filter *out, struct error *err)
{
    *out = (struct service_account_filter){.limit = 0};
    paging_from_query(service_account_list_fields, query, call->arena, out, call->faults);
    if (out->name_key.data != NULL)
        out->name_key = name_key(call->arena, out->name_key);
    if (out->search.data != NULL)
        out->search_key = name_key(call->arena, out->search);
    return faults_result(call->faults, err);
}
