#include "team.h"

#include "base/text.h"
#include "domain/name.h"
#include "head.h"
#include "team_private.h"

static int no_team(struct error *err)
{
    return error_set(err, ERR_NOT_FOUND, "There is no such team, or you may not see it.");
}

int team_see(const struct call *call, const struct id *id, enum permission permission, struct team_seen *out,
             struct error *err)
{
    struct team_params params = {.caller = call->caller.credential, .team_id = *id};
    const struct db_statement *statement =
        access_is_operator(call) ? &team_sql_see_as_operator : caller_statement(team_sql_see, &params.caller);
    struct team_row row;
    int found = db_query_one(call->db, statement, &params, call->arena, &row, err);

    if (found < 0)
        return -1;
    if (access_judge(call, found == 0 ? NULL : &row.access, permission, &out->access, err) < 0)
        return err->kind == ERR_NOT_FOUND ? no_team(err) : -1;
    out->organization = row.organization;
    out->team = row.team;
    out->mask = row.mask;
    return 0;
}

int team_enter(const struct call *call, const struct id *id, enum permission permission, struct team_seen *out,
               struct error *err)
{
    if (head_lock_of_team(call, id, err) < 0)
        return -1;
    return team_see(call, id, permission, out, err);
}

int team_get(const struct call *call, const struct id *id, struct team *out, struct error *err)
{
    struct team_seen seen;

    if (team_see(call, id, PERMISSION_TEAM_READ, &seen, err) < 0)
        return -1;
    *out = seen.team;
    return 0;
}

/* Lists */

static int read_page(struct listing *listing, const struct db_statement *const *statements,
                     const struct db_statement *count, struct team_list_params *params, bool include_total,
                     struct page *page, struct error *err)
{
    if (listing_run(listing, statements, params, err) < 0)
        return -1;
    params->reads_invitations = standing_allows(&listing->access.standing, PERMISSION_INVITATION_READ);
    if (listing_count(listing, include_total, count, params, err) < 0)
        return -1;
    *page = listing->page;
    return 0;
}

static void write_team(const struct listing *listing, const void *passing)
{
    const struct team_list_row *row = passing;

    team_write_json(listing->out, &row->team);
}

int team_list(const struct call *call, const struct id *organization_id, const struct team_filter *filter,
              struct buf *out, struct page *page, struct error *err)
{
    struct team_list_params params = {
        .caller = call->caller.credential,
        .organization_id = *organization_id,
        .name_key = filter->name_key,
        .search = filter->search,
        .user_id = filter->user_id,
        .after = filter->after,
        .after_time = id_place(&filter->after),
        .offset = filter->offset,
        .limit = filter->limit + 1, /* one more row tells whether there is a next page */
    };
    struct listing listing = {
        .call = call,
        .permission = PERMISSION_TEAM_READ,
        .limit = filter->limit,
        .write = write_team,
        .out = out,
    };

    return read_page(&listing, team_sql_list, &team_sql_count, &params, filter->include_total, page, err);
}

static void write_member(const struct listing *listing, const void *passing)
{
    const struct team_member_list_row *row = passing;
    const struct id *team_id = listing->context;
    const struct team_member member = {*team_id, row->listing.access.organization_id, row->account, row->invitation,
                                       row->listing.item_created};

    team_member_write_json(listing->out, &member, listing->call->now);
}

int team_member_list(const struct call *call, const struct id *team_id, const struct team_member_filter *filter,
                     struct buf *out, struct page *page, struct error *err)
{
    struct team_list_params params = {
        .caller = call->caller.credential,
        .team_id = *team_id,
        .user_id = filter->user_id,
        .service_account_id = filter->service_account_id,
        .invitation_id = filter->invitation_id,
        .invitation_readers = permission_bits(PERMISSION_INVITATION_READ),
        .now = call->now,
        .after = filter->after,
        .after_time = id_place(&filter->after),
        .offset = filter->offset,
        .limit = filter->limit + 1, /* one more row tells whether there is a next page */
    };
    struct listing listing = {
        .call = call,
        .permission = PERMISSION_TEAM_READ,
        .limit = filter->limit,
        .needs_known_after = listing_may_have_left(&filter->after, call->now),
        .write = write_member,
        .context = team_id,
        .out = out,
    };

    if (read_page(&listing, team_sql_list_members, &team_sql_count_members, &params, filter->include_total, page, err) <
        0)
        return err->kind == ERR_NOT_FOUND && !listing.is_judged ? no_team(err) : -1;
    return 0;
}

/* For operators */

static int64_t summarize(const struct call *call, const struct id *organization_id, struct text key,
                         struct team_summary **out, struct error *err)
{
    const struct team_list_params params = {.organization_id = *organization_id, .name_key = key};

    return db_query_all(call->db, &team_sql_summaries, &params, call->arena, (void **)out, err);
}

int64_t team_summarize_all(const struct call *call, const struct id *organization_id, struct team_summary **out,
                           struct error *err)
{
    return summarize(call, organization_id, (struct text){NULL, 0}, out, err);
}

/* Finds where a team is, and its name, which is unique there. */
static int place(const struct call *call, const char *id_or_name, struct id *organization_id, struct text *name,
                 struct error *err)
{
    struct team team;
    struct id id;

    *name = text_of(id_or_name);
    if (!id_parse(*name, &id))
        return id_is_nil(organization_id)
                   ? error_set(err, ERR_VALIDATION, "'%s' is not the id of a team: name the organization, too",
                               id_or_name)
                   : 0;
    if (team_get(call, &id, &team, err) < 0)
        return -1;
    if (!id_is_nil(organization_id) && !id_equal(organization_id, &team.organization_id))
        return no_team(err);
    *organization_id = team.organization_id;
    *name = team.name;
    return 0;
}

int team_summarize(const struct call *call, const struct id *organization_id, const char *id_or_name,
                   struct team_summary *out, struct error *err)
{
    struct id place_id = *organization_id;
    struct team_summary *found;
    struct text name;
    int64_t count;

    if (place(call, id_or_name, &place_id, &name, err) < 0)
        return -1;
    count = summarize(call, &place_id, name_key(call->arena, name), &found, err);
    if (count <= 0)
        return count < 0 ? -1 : error_set(err, ERR_NOT_FOUND, "there is no team '%s' in this organization", id_or_name);
    *out = found[0];
    return 0;
}

int64_t team_member_list_all(const struct call *call, const struct id *team_id, struct account **out, struct error *err)
{
    const struct team_list_params params = {.team_id = *team_id};

    return db_query_all(call->db, &team_sql_members, &params, call->arena, (void **)out, err);
}
