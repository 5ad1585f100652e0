#include <stdio.h>

#include "base/jsonw.h"
#include "domain/accounts/user.h"
#include "domain/name.h"
#include "team.h"

/* What bodies and answers share about each field. */
#define NAME                                                                                                           \
    .name = "name", .type = FIELD_TEXT, .minimum = 1, .maximum = TEAM_NAME_LENGTH_MAX,                                 \
    .description = "Unique in the organization by its key, as names of organizations are."
#define DESCRIPTION                                                                                                    \
    .name = "description", .type = FIELD_TEXT, .minimum = 1, .maximum = 256, .description = "What the team is for."
#define OPTIONAL_DESCRIPTION                                                                                           \
    {                                                                                                                  \
        DESCRIPTION, .flags = FIELD_NULLABLE, FIELD_AT_GIVEN(struct team_input, description, given.description)        \
    }

static const struct field create_fields[] = {
    {NAME, .flags = FIELD_NFC | FIELD_REQUIRED, FIELD_AT_GIVEN(struct team_input, name, given.name),
     .check = name_check},
    OPTIONAL_DESCRIPTION,
    {.name = "organization_id",
     .type = FIELD_ID,
     .flags = FIELD_REQUIRED,
     FIELD_AT(struct team_input, organization_id),
     .description = "Where the team is to be."},
    {.name = NULL},
};

const struct model team_create_model = {
    "TeamCreate", create_fields,
    .example =
        "{\"name\":\"Auditors\",\"description\":\"Look after the books\",\"organization_id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\"}"};

static const struct field update_fields[] = {
    {NAME, .flags = FIELD_NFC | FIELD_NULL_IS_ABSENT, FIELD_AT_GIVEN(struct team_input, name, given.name),
     .check = name_check},
    OPTIONAL_DESCRIPTION,
    {.name = NULL},
};

const struct model team_update_model = {"TeamUpdate", update_fields,
                                        .example = "{\"description\":\"Look after the books\"}"};

const struct field team_list_fields[] = {
    {.name = "name",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct team_filter, name_key),
     .description = "The whole name, without regard to case."},
    {.name = "user_id",
     .type = FIELD_ID,
     FIELD_AT(struct team_filter, user_id),
     .description = "Only those that this user or service account is in."},
    {.name = "search",
     .type = FIELD_TEXT,
     .maximum = SEARCH_LENGTH_MAX,
     FIELD_AT(struct team_filter, search),
     .description = "Only those with this in their name, without regard to case."},
    PAGING_OFFSET(struct team_filter),
    PAGING_LIMIT(struct team_filter),
    PAGING_AFTER(struct team_filter, "team"),
    PAGING_INCLUDE_TOTAL(struct team_filter),
    {.name = NULL},
};

#define WHO(filter, who)                                                                                               \
    {.name = "user_id",                                                                                                \
     .type = FIELD_ID,                                                                                                 \
     FIELD_AT(filter, user_id),                                                                                        \
     .description = "A user or service account that is a member of the organization.",                                 \
     .example = (who)},                                                                                                \
        {.name = "service_account_id",                                                                                 \
         .type = FIELD_ID,                                                                                             \
         FIELD_AT(filter, service_account_id),                                                                         \
         .description = "A service account of the organization."},                                                     \
    {                                                                                                                  \
        .name = "invitation_id", .type = FIELD_ID, FIELD_AT(filter, invitation_id),                                    \
        .description = "A pending invitation to the organization."                                                     \
    }

const struct field team_member_list_fields[] = {
    WHO(struct team_member_filter, NULL),
    PAGING_OFFSET(struct team_member_filter),
    PAGING_LIMIT(struct team_member_filter),
    PAGING_AFTER(struct team_member_filter, "user, service account or invitation"),
    PAGING_INCLUDE_TOTAL(struct team_member_filter),
    {.name = NULL},
};

/* The query of one member. */
struct chosen {
    struct id user_id;
    struct id service_account_id;
    struct id invitation_id;
};

const struct field team_member_fields[] = {
    WHO(struct chosen, "\"01932d2f-1b40-7c11-9d02-5be3a0f4c6d1\""),
    {.name = NULL},
};

/* The forms that team_write_json() and team_member_write_json() write. */
static const struct field answer_fields[] = {
    {.name = "id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "Never changes."},
    {NAME, .flags = FIELD_REQUIRED},
    {DESCRIPTION, .flags = FIELD_REQUIRED | FIELD_NULLABLE},
    {.name = "organization_id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "Where it is."},
    {.name = "created", .type = FIELD_TIME, .flags = FIELD_REQUIRED, .description = "When it was created."},
    {.name = "updated",
     .type = FIELD_TIME,
     .flags = FIELD_REQUIRED,
     .description = "When its name or description changed last."},
    {.name = NULL},
};

const struct model team_model = {
    "Team", answer_fields,
    .example =
        "{\"id\":\"01932d3c-1f20-7b63-8a12-6d2e3f4a5b6c\",\"name\":\"Auditors\",\"description\":\"Look after the books\",\"organization_id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\",\"created\":\"2026-11-23T09:30:00.123456Z\",\"updated\":\"2026-11-23T09:30:00.123456Z\"}"};

static const struct field member_answer_fields[] = {
    {.name = "team_id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "The team."},
    {.name = "user",
     .type = FIELD_OBJECT,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     .items = &user_model,
     .description = "Who is in it: a user or service account, or null."},
    {.name = "invitation",
     .type = FIELD_OBJECT,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     .items = &invitation_model,
     .description = "The invitation whose person will be in it, or null."},
    {.name = "organization_id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "Where the team is."},
    {.name = "created", .type = FIELD_TIME, .flags = FIELD_REQUIRED, .description = "Since when it is in the team."},
    {.name = NULL},
};

const struct model team_member_model = {
    "TeamMember", member_answer_fields,
    .example =
        "{\"team_id\":\"01932d3c-1f20-7b63-8a12-6d2e3f4a5b6c\",\"user\":" USER_EXAMPLE
        "},\"invitation\":null,\"organization_id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\",\"created\":\"2026-11-23T09:30:00.123456Z\"}"};

static int read_input(const struct call *call, const struct field *table, const json_t *body, struct team_input *out,
                      struct error *err)
{
    *out = (struct team_input){.name = {NULL, 0}};
    fields_from_json(table, body, call->arena, LOCATION("body"), out, call->faults);
    return faults_result(call->faults, err);
}

int team_input_for_create(const struct call *call, const json_t *body, struct team_input *out, struct error *err)
{
    return read_input(call, create_fields, body, out, err);
}

int team_input_for_update(const struct call *call, const json_t *body, struct team_input *out, struct error *err)
{
    return read_input(call, update_fields, body, out, err);
}

static void make_key(struct arena *arena, struct text *name)
{
    if (name->data != NULL)
        *name = name_key(arena, *name);
}

int team_filter_from_query(const struct call *call, const struct urlencoded *query, struct team_filter *out,
                           struct error *err)
{
    *out = (struct team_filter){.limit = 0};
    paging_from_query(team_list_fields, query, call->arena, out, call->faults);
    make_key(call->arena, &out->name_key);
    make_key(call->arena, &out->search);
    return faults_result(call->faults, err);
}

int team_member_filter_from_query(const struct call *call, const struct urlencoded *query,
                                  struct team_member_filter *out, struct error *err)
{
    *out = (struct team_member_filter){.limit = 0};
    paging_from_query(team_member_list_fields, query, call->arena, out, call->faults);
    return faults_result(call->faults, err);
}

/* Returns false unless exactly one is given. */
static bool choose(const struct chosen *chosen, struct holder *out)
{
    const struct holder holders[] = {
        {HOLDER_ACCOUNT, chosen->user_id, false},
        {HOLDER_ACCOUNT, chosen->service_account_id, true},
        {HOLDER_INVITATION, chosen->invitation_id, false},
    };

    return holder_choose(holders, ARRAY_LENGTH(holders), out);
}

int team_member_from_query(const struct call *call, const struct urlencoded *query, struct holder *out,
                           struct error *err)
{
    struct chosen chosen = {.user_id = {{0}}};

    fields_from_query(team_member_fields, query, call->arena, &chosen, call->faults);
    if (call->faults->count == 0 && !choose(&chosen, out))
        faults_add_value_error(call->faults, LOCATION("query"),
                               "exactly one of user_id, service_account_id and invitation_id must be given", NULL);
    return faults_result(call->faults, err);
}

void team_member_write_json(struct buf *out, const struct team_member *member, struct timestamp now)
{
    buf_add_char(out, '{');
    jsonw_key(out, "team_id");
    jsonw_id(out, &member->team_id);
    jsonw_key(out, "user");
    if (id_is_nil(&member->account.id))
        buf_add_literal(out, "null");
    else
        fields_write_json(out, user_model.fields, &member->account);
    jsonw_key(out, "invitation");
    if (id_is_nil(&member->invitation.id))
        buf_add_literal(out, "null");
    else
        invitation_write_json(out, &member->invitation, NULL, now);
    jsonw_key(out, "organization_id");
    jsonw_id(out, &member->organization_id);
    jsonw_key(out, "created");
    jsonw_time(out, member->created);
    buf_add_char(out, '}');
}

void team_etag(const struct team *team, char out[TEAM_ETAG_SIZE])
{
    snprintf(out, TEAM_ETAG_SIZE, "\"%llx.%lld\"", (unsigned long long)team->created.us, (long long)team->revision);
}
