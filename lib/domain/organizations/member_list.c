#include "base/jsonw.h"
#include "base/text.h"
#include "domain/access/system_roles.h"
#include "domain/accounts/user.h"
#include "domain/name.h"
#include "member_sql.h"
#include "role.h"
#include "team.h"

#define INCLUDED(member, what)                                                                                         \
    {                                                                                                                  \
        .name = #member, .type = FIELD_BOOL, .flags = FIELD_HAS_DEFAULT, .default_value = 1,                           \
        FIELD_AT(struct member_filter, member), .description = (what)                                                  \
    }

const struct field member_list_fields[] = {
    {.name = "role_id",
     .type = FIELD_ID,
     FIELD_AT(struct member_filter, role_id),
     .description = "Only those that this role is assigned to."},
    INCLUDED(include_users, "Whether to list users."),
    INCLUDED(include_service_accounts, "Whether to list service accounts."),
    INCLUDED(include_teams, "Whether to list teams."),
    INCLUDED(include_invitations, "Whether to list pending invitations, for who has invitation:read."),
    {.name = "search",
     .type = FIELD_TEXT,
     .maximum = SEARCH_LENGTH_MAX,
     FIELD_AT(struct member_filter, search),
     .description = "Only those with this in their name, or in the address of an invitation, without regard to case."},
    PAGING_OFFSET(struct member_filter),
    PAGING_LIMIT(struct member_filter),
    PAGING_AFTER(struct member_filter, "user, service account, team or invitation"),
    PAGING_INCLUDE_TOTAL(struct member_filter),
    {.name = NULL},
};

struct chosen {
    struct id user_id;
    bool is_given;
};

const struct field member_fields[] = {
    {.name = "user_id",
     .type = FIELD_ID,
     .flags = FIELD_REQUIRED,
     FIELD_AT_GIVEN(struct chosen, user_id, is_given),
     .description = "Who is to be no member any more.",
     .example = "\"01932d2f-1b40-7c11-9d02-5be3a0f4c6d1\""},
    {.name = NULL},
};

/* The form that write_row() writes. */
static const struct field role_fields[] = {
    {.name = "id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "Of the role."},
    {.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "Of the role."},
    {.name = NULL},
};

static const struct model role_name_model = {.name = "RoleName", .fields = role_fields};

static const struct field answer_fields[] = {
    {.name = "organization_id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "Where it is a member."},
    {.name = "user",
     .type = FIELD_OBJECT,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     .items = &user_model,
     .description = "The user or service account, or null."},
    {.name = "team",
     .type = FIELD_OBJECT,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     .items = &team_model,
     .description = "The team, or null."},
    {.name = "invitation",
     .type = FIELD_OBJECT,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     .items = &invitation_model,
     .description = "The pending invitation, or null."},
    {.name = "roles",
     .type = FIELD_LIST,
     .flags = FIELD_REQUIRED,
     .maximum = FIELD_UNBOUNDED,
     .items = &role_name_model,
     .description = "The roles that are assigned to it; what a member has by a team is not among them."},
    {.name = "permissions",
     .type = FIELD_LIST,
     .flags = FIELD_REQUIRED,
     .maximum = FIELD_UNBOUNDED,
     .description = "All that it may do, also by its teams; of an invitation, what who accepts it may do."},
    {.name = "is_owner", .type = FIELD_BOOL, .flags = FIELD_REQUIRED, .description = "True of the owner."},
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_REQUIRED,
     .description = "Since when it is a member, or when it was invited."},
    {.name = NULL},
};

const struct model member_model = {
    "Member", answer_fields,
    .example =
        "{\"organization_id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\",\"user\":null,\"team\":{\"id\":\"01932d3c-1f20-7b63-8a12-6d2e3f4a5b6c\",\"name\":\"Auditors\",\"description\":null,\"organization_id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\",\"created\":\"2026-11-23T09:30:00.123456Z\",\"updated\":\"2026-11-23T09:30:00.123456Z\"},\"invitation\":null,\"roles\":[{\"id\":\"01932d3b-0a10-7c52-9f01-7e1b2c3d4e5f\",\"name\":\"Auditor\"}],\"permissions\":[\"organization:read\",\"event:read\"],\"is_owner\":false,\"created\":\"2026-11-23T09:30:00.123456Z\"}"};

int member_filter_from_query(const struct call *call, const struct urlencoded *query, struct member_filter *out,
                             struct error *err)
{
    *out = (struct member_filter){.limit = 0};
    paging_from_query(member_list_fields, query, call->arena, out, call->faults);
    return faults_result(call->faults, err);
}

int member_id_from_query(const struct call *call, const struct urlencoded *query, struct id *out, struct error *err)
{
    struct chosen chosen = {.is_given = false};

    fields_from_query(member_fields, query, call->arena, &chosen, call->faults);
    *out = chosen.user_id;
    return faults_result(call->faults, err);
}

/* What an invitation gives is in its own columns. */
static void write_row(const struct listing *listing, const void *passing)
{
    const struct member_list_row *row = passing;
    const struct id *organization_id = &row->listing.access.organization_id;
    struct buf *out = listing->out;

    buf_add_char(out, '{');
    jsonw_key(out, "organization_id");
    jsonw_id(out, organization_id);
    holder_write_json(out, &row->account, &row->team, &row->invitation, listing->call->now);
    jsonw_key(out, "roles");
    roles_write_json(out, organization_id, row->own_roles | row->invitation.own_roles, row->roles_made);
    jsonw_key(out, "permissions");
    permissions_write_json(out, row->mask | row->invitation.mask);
    jsonw_key(out, "is_owner");
    jsonw_bool(out, row->is_owner);
    jsonw_key(out, "created");
    jsonw_time(out, row->listing.item_created);
    buf_add_char(out, '}');
}

static struct member_list_params list_params(const struct call *call, const struct id *organization_id,
                                             const struct member_filter *filter)
{
    enum role role = system_role_of_id(organization_id, &filter->role_id);

    return (struct member_list_params){
        .caller = call->caller.credential,
        .organization_id = *organization_id,
        .include_users = filter->include_users,
        .include_service_accounts = filter->include_service_accounts,
        .include_teams = filter->include_teams,
        .include_invitations = filter->include_invitations,
        .invitation_readers = permission_bits(PERMISSION_INVITATION_READ),
        .now = call->now,
        .role_id = filter->role_id,
        .role_bit = role == ROLE_NONE ? 0 : ROLE_BIT(role),
        .search = filter->search,
        .search_key = filter->search.data == NULL ? filter->search : name_key(call->arena, filter->search),
        .after = filter->after,
        .after_time = id_place(&filter->after),
        .offset = filter->offset,
        .limit = filter->limit + 1, /* one more row tells whether there is a next page */
        .end = filter->offset + filter->limit + 1,
    };
}

static const struct db_statement *const *statements_for(const struct member_filter *filter)
{
    if (filter->search.data != NULL || !id_is_nil(&filter->role_id))
        return member_sql_list_found;
    return id_is_nil(&filter->after) ? member_sql_list : member_sql_list_behind;
}

int member_list(const struct call *call, const struct id *organization_id, const struct member_filter *filter,
                struct buf *out, struct page *page, struct error *err)
{
    struct member_list_params params = list_params(call, organization_id, filter);
    struct listing listing = {
        .call = call,
        .permission = PERMISSION_MEMBER_READ,
        .limit = filter->limit,
        .needs_known_after = listing_may_have_left(&filter->after, call->now),
        .write = write_row,
        .out = out,
    };

    if (listing_run(&listing, statements_for(filter), &params, err) < 0)
        return -1;
    params.reads_invitations = standing_allows(&listing.access.standing, PERMISSION_INVITATION_READ);
    if (listing_count(&listing, filter->include_total, &member_sql_count, &params, err) < 0)
        return -1;
    *page = listing.page;
    return 0;
}

int64_t member_list_all(const struct call *call, const struct id *organization_id, const struct id *account_id,
                        struct member **out, struct error *err)
{
    struct member_params params = {.organization_id = *organization_id, .account_id = *account_id};

    return db_query_all(call->db, &member_sql_list_all, &params, call->arena, (void **)out, err);
}
