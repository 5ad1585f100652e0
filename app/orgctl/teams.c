#include <jansson.h>

#include "base/jsonw.h"
#include "base/text.h"
#include "commands.h"
#include "domain/organizations/team.h"
#include "options.h"

static void add_team(const struct invocation *in, const struct team_summary *summary)
{
    output_row(in->output);
    output_text(in->output, "name", summary->team.name);
    output_id(in->output, "id", &summary->team.id);
    output_lines(in->output, "roles", summary->roles);
    output_int(in->output, "member_count", summary->members);
}

/* What would make a table too wide. */
static void add_details(const struct invocation *in, const struct team_summary *summary)
{
    const struct team *team = &summary->team;

    output_text(in->output, "organization", summary->organization);
    output_id(in->output, "organization_id", &team->organization_id);
    output_text(in->output, "description", team->description);
    add_permissions(in, "permissions", summary->mask);
    output_time(in->output, "created", team->created);
    output_time(in->output, "updated", team->updated);
}

static void write_member_json(struct buf *out, const void *item)
{
    const struct account *member = item;

    buf_add_char(out, '{');
    jsonw_key(out, "id");
    jsonw_id(out, &member->id);
    jsonw_key(out, "name");
    jsonw_text(out, member->name);
    jsonw_key(out, "is_service_account");
    jsonw_bool(out, member->is_service);
    buf_add_char(out, '}');
}

static void write_member(struct buf *out, const void *item)
{
    const struct account *member = item;

    buf_add(out, member->name.data, member->name.length);
}

static int add_members(const struct invocation *in, const struct id *team_id, struct error *err)
{
    struct account *members;
    int64_t count = team_member_list_all(&in->call, team_id, &members, err);

    if (count < 0)
        return -1;
    output_items(in->output, "members",
                 &(struct output_items){members, sizeof(*members), count, write_member_json, write_member});
    return 0;
}

int run_team_list(const struct invocation *in, struct error *err)
{
    struct organization_summary organization;
    struct team_summary *teams;
    int64_t count;

    if (command_organization(in, &organization, err) < 0)
        return -1;
    count = team_summarize_all(&in->call, &organization.organization.id, &teams, err);
    for (int64_t i = 0; i < count; i++) {
        add_team(in, &teams[i]);
        if (in->output->is_json)
            add_details(in, &teams[i]);
    }
    if (count >= 0)
        output_list(in->output, "It has no teams.");
    return count < 0 ? -1 : 0;
}

/* Finds the team of the argument. */
static int find(const struct invocation *in, struct team_summary *out, struct error *err)
{
    struct id organization_id;

    if (command_organization_id(in, &organization_id, err) < 0)
        return -1;
    return team_summarize(&in->call, &organization_id, in->argument, out, err);
}

static int show(const struct invocation *in, const struct id *id, struct error *err)
{
    static const struct id any;
    struct team_summary team;
    char text[ID_TEXT_SIZE];

    id_format(id, text);
    if (team_summarize(&in->call, &any, text, &team, err) < 0)
        return -1;
    add_team(in, &team);
    add_details(in, &team);
    if (add_members(in, id, err) < 0)
        return -1;
    output_record(in->output);
    return 0;
}

int run_team_show(const struct invocation *in, struct error *err)
{
    struct team_summary team;

    return find(in, &team, err) < 0 ? -1 : show(in, &team.team.id, err);
}

/* Creating and changing: the options become the body that the API takes, and are checked as that is. */

static const struct member_option member_options[] = {
    {"name", "name", false, NULL},
    {"description", "description", false, NULL},
    {NULL, NULL, false, NULL},
};

static int create(const struct call *call, const json_t *body, void *context, struct error *err)
{
    struct team_input input;

    return team_input_for_create(call, body, &input, err) < 0 ? -1 : team_create(call, &input, context, err);
}

int run_team_create(const struct invocation *in, struct error *err)
{
    CLEANUP(json_decrefp) json_t *body = json_object();
    struct team team = {.revision = 0};

    if (options_add_name(in, body, err) < 0 || options_add(in, member_options, body, err) < 0 ||
        options_add_organization(in, body, err) < 0 || options_check(in, member_options, body, create, &team, err) < 0)
        return -1;
    command_show_created(in, "name", team.name, &team.id);
    return 0;
}

static int update(const struct call *call, const json_t *body, void *context, struct error *err)
{
    struct team *team = context;
    struct team_input input;

    return team_input_for_update(call, body, &input, err) < 0 ? -1
                                                              : team_update(call, &team->id, &input, NULL, team, err);
}

int run_team_update(const struct invocation *in, struct error *err)
{
    CLEANUP(json_decrefp) json_t *body = json_object();
    struct team_summary team;

    if (command_require_change(in, err) < 0 || options_add(in, member_options, body, err) < 0)
        return -1;
    if (json_is_null(json_object_get(body, "name")))
        return error_set(err, ERR_VALIDATION, "--name: a team must have a name");
    if (find(in, &team, err) < 0 || options_check(in, member_options, body, update, &team.team, err) < 0)
        return -1;
    command_report(in, "%s is changed\n", team.team.name.data);
    return command_shows_result(in) ? show(in, &team.team.id, err) : 0;
}

int run_team_delete(const struct invocation *in, struct error *err)
{
    struct team_summary team;

    if (find(in, &team, err) < 0 ||
        command_confirm_name(
            in, team.team.name, err, "Delete the team %s of %s with its %lld member%s, who lose what it gives them?",
            team.team.name.data, team.organization.data, (long long)team.members, team.members == 1 ? "" : "s") < 0 ||
        team_delete(&in->call, &team.team.id, NULL, err) < 0)
        return -1;
    command_report(in, "%s is deleted\n", team.team.name.data);
    command_show_null(in);
    return 0;
}
