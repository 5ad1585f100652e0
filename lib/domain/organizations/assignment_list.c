#include "assignment_sql.h"
#include "base/jsonw.h"
#include "domain/accounts/user.h"
#include "team.h"

#define HOLDER_FIELDS(filter, who)                                                                                     \
    {.name = "user_id",                                                                                                \
     .type = FIELD_ID,                                                                                                 \
     FIELD_AT(filter, user_id),                                                                                        \
     .description = "A user or service account that belongs to the organization.",                                     \
     .example = (who)},                                                                                                \
        {.name = "team_id",                                                                                            \
         .type = FIELD_ID,                                                                                             \
         FIELD_AT(filter, team_id),                                                                                    \
         .description = "A team of the organization."},                                                                \
    {                                                                                                                  \
        .name = "invitation_id", .type = FIELD_ID, FIELD_AT(filter, invitation_id),                                    \
        .description = "A pending invitation to the organization."                                                     \
    }

const struct field assignment_list_fields[] = {
    HOLDER_FIELDS(struct assignment_filter, NULL),  PAGING_OFFSET(struct assignment_filter),
    PAGING_LIMIT(struct assignment_filter),         PAGING_AFTER(struct assignment_filter, "user, team or invitation"),
    PAGING_INCLUDE_TOTAL(struct assignment_filter), {.name = NULL},
};

/* The query of one assignment. */
struct chosen {
    struct id user_id;
    struct id team_id;
    struct id invitation_id;
};

const struct field assignment_fields[] = {
    HOLDER_FIELDS(struct chosen, "\"01932d2f-1b40-7c11-9d02-5be3a0f4c6d1\""),
    {.name = NULL},
};

static const struct field answer_fields[] = {
    {.name = "role_id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "The role that is assigned."},
    {.name = "user",
     .type = FIELD_OBJECT,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     .items = &user_model,
     .description = "Who has it, or null."},
    {.name = "team",
     .type = FIELD_OBJECT,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     .items = &team_model,
     .description = "Which team has it, or null."},
    {.name = "invitation",
     .type = FIELD_OBJECT,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     .items = &invitation_model,
     .description = "Which invitation gives it, or null."},
    {.name = "organization_id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "Where the role is."},
    {.name = NULL},
};

const struct model assignment_model = {
    "RoleAssignment", answer_fields,
    .example =
        "{\"role_id\":\"01932d3b-0a10-7c52-9f01-7e1b2c3d4e5f\",\"user\":null,\"team\":{\"id\":\"01932d3c-1f20-7b63-8a12-6d2e3f4a5b6c\",\"name\":\"Auditors\",\"description\":null,\"organization_id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\",\"created\":\"2026-11-23T09:30:00.123456Z\",\"updated\":\"2026-11-23T09:30:00.123456Z\"},\"invitation\":null,\"organization_id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\"}"};

int assignment_filter_from_query(const struct call *call, const struct urlencoded *query, struct assignment_filter *out,
                                 struct error *err)
{
    *out = (struct assignment_filter){.limit = 0};
    paging_from_query(assignment_list_fields, query, call->arena, out, call->faults);
    return faults_result(call->faults, err);
}

/* Returns false unless exactly one is given. */
static bool choose(const struct chosen *chosen, struct holder *out)
{
    const struct holder holders[] = {
        {HOLDER_ACCOUNT, chosen->user_id, false},
        {HOLDER_TEAM, chosen->team_id, false},
        {HOLDER_INVITATION, chosen->invitation_id, false},
    };

    return holder_choose(holders, ARRAY_LENGTH(holders), out);
}

int assignment_holder_from_query(const struct call *call, const struct urlencoded *query, struct holder *out,
                                 struct error *err)
{
    struct chosen chosen = {.user_id = {{0}}};

    fields_from_query(assignment_fields, query, call->arena, &chosen, call->faults);
    if (call->faults->count == 0 && !choose(&chosen, out))
        faults_add_value_error(call->faults, LOCATION("query"),
                               "exactly one of user_id, team_id and invitation_id must be given", NULL);
    return faults_result(call->faults, err);
}

void assignment_write_json(struct buf *out, const struct assignment *assignment, struct timestamp now)
{
    buf_add_char(out, '{');
    jsonw_key(out, "role_id");
    jsonw_id(out, &assignment->role_id);
    holder_write_json(out, &assignment->account, &assignment->team, &assignment->invitation, now);
    jsonw_key(out, "organization_id");
    jsonw_id(out, &assignment->organization_id);
    buf_add_char(out, '}');
}

static void write_row(const struct listing *listing, const void *passing)
{
    const struct assignment_list_row *row = passing;
    const struct id *role_id = listing->context;

    assignment_write_json(
        listing->out,
        &(struct assignment){*role_id, row->listing.access.organization_id, row->account, row->team, row->invitation},
        listing->call->now);
}

int assignment_list(const struct call *call, const struct id *role_id, const struct assignment_filter *filter,
                    struct buf *out, struct page *page, struct error *err)
{
    struct assignment_list_params params = {
        .caller = call->caller.credential,
        .role_id = *role_id,
        .user_id = filter->user_id,
        .team_id = filter->team_id,
        .invitation_id = filter->invitation_id,
        .invitation_readers = permission_bits(PERMISSION_INVITATION_READ),
        .now = call->now,
        .after = filter->after,
        .offset = filter->offset,
        .limit = filter->limit + 1, /* one more row tells whether there is a next page */
        .end = filter->offset + filter->limit + 1,
    };
    struct listing listing = {
        .call = call,
        .permission = PERMISSION_MEMBER_READ,
        .limit = filter->limit,
        .write = write_row,
        .context = role_id,
        .out = out,
    };

    if (listing_run(&listing, assignment_sql_list, &params, err) < 0)
        return -1;
    params.reads_invitations = standing_allows(&listing.access.standing, PERMISSION_INVITATION_READ);
    if (listing_count(&listing, filter->include_total, &assignment_sql_count, &params, err) < 0)
        return -1;
    *page = listing.page;
    return 0;
}
