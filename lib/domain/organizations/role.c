#include "role.h"

#include "base/text.h"
#include "domain/access/system_roles.h"
#include "domain/name.h"
#include "role_private.h"

static int no_role(struct error *err)
{
    return error_set(err, ERR_NOT_FOUND, "There is no such role, or you may not see it.");
}

/* The system's roles */

struct any_role role_of_system(const struct id *organization_id, struct timestamp organization_created,
                               enum role system)
{
    static const struct text descriptions[] = {
        [ROLE_ADMIN] = TEXT("Does everything but give the organization away."),
        [ROLE_MANAGER] = TEXT("Changes the organization, and manages members, invitations and teams."),
        [ROLE_VIEWER] = TEXT("Sees the organization, its members, invitations, teams and service accounts."),
        [ROLE_BILLING_ADMIN] = TEXT("Sees the organization, its members, teams and subscription."),
        [ROLE_MEMBER] = TEXT("Sees the organization, its members, teams and subscription."),
    };

    return (struct any_role){
        .id = system_role_id(organization_id, system),
        .organization_id = *organization_id,
        .system = system,
        .name = system_role_title(system),
        .description = descriptions[system],
        .mask = ROLE_BIT(system),
        .revision = 1,
        .created = organization_created,
        .updated = organization_created,
    };
}

/* Reading one role */

/* Completes what the row says. Returns false if the organization has no such role. */
static bool complete(struct any_role *role, const struct id *id, const struct id *organization_id,
                     struct timestamp organization_created)
{
    enum role system;

    if (!id_is_nil(&role->id))
        return true;
    system = system_role_of_id(organization_id, id);
    if (system == ROLE_NONE)
        return false;
    *role = role_of_system(organization_id, organization_created, system);
    return true;
}

int role_see(const struct call *call, const struct id *id, enum permission permission, struct role_seen *out,
             struct error *err)
{
    struct role_params params = {.caller = call->caller.credential, .role_id = *id};
    const struct db_statement *statement =
        access_is_operator(call) ? &role_sql_see_as_operator : caller_statement(role_sql_see, &params.caller);
    struct role_row row;
    int found = db_query_one(call->db, statement, &params, call->arena, &row, err);

    if (found < 0)
        return -1;
    if (access_judge(call, found == 0 ? NULL : &row.access, permission, &out->access, err) < 0)
        return err->kind == ERR_NOT_FOUND ? no_role(err) : -1;
    if (!complete(&row.role, id, &row.access.organization_id, row.organization_created))
        return no_role(err);
    out->organization = row.organization;
    out->role = row.role;
    return 0;
}

int role_get(const struct call *call, const struct id *id, struct any_role *out, struct error *err)
{
    struct role_seen seen;

    if (role_see(call, id, PERMISSION_ROLE_READ, &seen, err) < 0)
        return -1;
    *out = seen.role;
    return 0;
}

/* Lists */

static void write_row(const struct listing *listing, const void *passing)
{
    const struct role_list_row *row = passing;
    struct any_role role = row->role;

    if (complete(&role, &row->listing.item_id, &row->listing.access.organization_id, row->organization_created))
        role_write_json(listing->out, &role);
}

/* The bits of the system's roles that the filters let through. */
static int64_t system_roles(const struct call *call, const struct role_filter *filter)
{
    int64_t bits = 0;

    if (filter->given_filter.system_managed && !filter->system_managed)
        return 0;
    for (enum role role = ROLE_ADMIN; role <= ROLE_MEMBER; role++)
        if (filter->name_key.data == NULL ||
            text_equal(filter->name_key, name_key(call->arena, system_role_title(role))))
            bits |= ROLE_BIT(role);
    return bits;
}

static struct role_list_params list_params(const struct call *call, const struct id *organization_id,
                                           const struct role_filter *filter)
{
    bool is_level = filter->level.data == NULL || text_equal(filter->level, TEXT("organization"));

    return (struct role_list_params){
        .caller = call->caller.credential,
        .organization_id = *organization_id,
        .system_roles = is_level ? system_roles(call, filter) : 0,
        .has_others = is_level && !(filter->given_filter.system_managed && filter->system_managed),
        .name_key = filter->name_key,
        .user_id = filter->user_id,
        .team_id = filter->team_id,
        .is_own = filter->assigned_to_current_user,
        .after = filter->after,
        .offset = filter->offset,
        .limit = filter->limit + 1, /* one more row tells whether there is a next page */
        .end = filter->offset + filter->limit + 1,
    };
}

int role_list(const struct call *call, const struct id *organization_id, const struct role_filter *filter,
              struct buf *out, struct page *page, struct error *err)
{
    struct role_list_params params = list_params(call, organization_id, filter);
    struct listing listing = {
        .call = call,
        .permission = PERMISSION_ROLE_READ,
        .limit = filter->limit,
        .needs_known_after = !id_is_nil(&filter->after) && !id_time(&filter->after, &params.after_time),
        .write = write_row,
        .out = out,
    };

    if (listing_run(&listing, role_sql_list, &params, err) < 0)
        return -1;
    params.own_id = listing.access.principal.account_id;
    if (listing_count(&listing, filter->include_total, &role_sql_count, &params, err) < 0)
        return -1;
    *page = listing.page;
    return 0;
}

/* For operators */

struct text role_short_name(const struct any_role *role)
{
    return role->system == ROLE_NONE ? role->name : text_of(role_name(role->system));
}

static int64_t summarize(const struct call *call, const struct id *organization_id, const struct role_filter *filter,
                         struct role_summary **out, struct error *err)
{
    const struct role_list_params params = list_params(call, organization_id, filter);
    struct role_summary_row *rows;
    int64_t count = db_query_all(call->db, &role_sql_summaries, &params, call->arena, (void **)&rows, err);
    int64_t found = 0;

    *out = count <= 0 ? NULL : arena_zalloc(call->arena, (size_t)count * sizeof(**out));
    for (int64_t i = 0; i < count; i++)
        if (complete(&rows[i].summary.role, &rows[i].item_id, organization_id, rows[i].organization_created))
            (*out)[found++] = rows[i].summary;
    return count < 0 ? -1 : found;
}

int64_t role_summarize_all(const struct call *call, const struct id *organization_id, struct role_summary **out,
                           struct error *err)
{
    const struct role_filter any = {.limit = 0};

    return summarize(call, organization_id, &any, out, err);
}

/* Finds where a role is, and its name, which is unique there. */
static int place(const struct call *call, const char *id_or_name, struct id *organization_id, struct text *name,
                 struct error *err)
{
    struct any_role role;
    enum role system;
    struct id id;

    if (id_parse(text_of(id_or_name), &id)) {
        if (role_get(call, &id, &role, err) < 0)
            return -1;
        if (!id_is_nil(organization_id) && !id_equal(organization_id, &role.organization_id))
            return no_role(err);
        *organization_id = role.organization_id;
        *name = role.name;
        return 0;
    }
    *name = role_parse(id_or_name, &system) ? system_role_title(system) : text_of(id_or_name);
    return id_is_nil(organization_id)
               ? error_set(err, ERR_VALIDATION, "'%s' is not the id of a role: name the organization, too", id_or_name)
               : 0;
}

int role_summarize(const struct call *call, const struct id *organization_id, const char *id_or_name,
                   struct role_summary *out, struct error *err)
{
    struct role_filter filter = {.limit = 0};
    struct id place_id = *organization_id;
    struct role_summary *found;
    struct text name = {NULL, 0};
    int64_t count;

    if (place(call, id_or_name, &place_id, &name, err) < 0)
        return -1;
    filter.name_key = name_key(call->arena, name);
    count = summarize(call, &place_id, &filter, &found, err);
    if (count <= 0)
        return count < 0 ? -1 : error_set(err, ERR_NOT_FOUND, "there is no role '%s' in this organization", id_or_name);
    *out = found[0];
    return 0;
}
