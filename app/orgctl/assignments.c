/* Giving roles to users, service accounts and teams, and putting the former two into teams; and taking both back. */
#include "base/text.h"
#include "commands.h"
#include "domain/organizations/assignment.h"
#include "domain/organizations/team.h"

/* Whom the options --user, --service-account and --team name. */
struct chosen {
    struct holder holder;
    const char *kind;
    struct text name;
};

static int choose_account(const struct account *account, const char *kind, struct chosen *out)
{
    *out = (struct chosen){{HOLDER_ACCOUNT, account->id, account->is_service}, kind, account->name};
    return 0;
}

static int choose(const struct invocation *in, const struct id *organization_id, struct chosen *out, struct error *err)
{
    const char *user = command_option(in, "user");
    const char *service = command_option(in, "service-account");
    const char *team = command_option(in, "team");
    struct team_summary summary;
    struct account account;

    if (user != NULL)
        return account_get_user(&in->call, user, &account, err) < 0 ? -1 : choose_account(&account, "user", out);
    if (service != NULL)
        return account_get_service(&in->call, service, organization_id, &account, err) < 0
                   ? -1
                   : choose_account(&account, "service_account", out);
    if (team_summarize(&in->call, organization_id, team, &summary, err) < 0)
        return -1;
    *out = (struct chosen){{HOLDER_TEAM, summary.team.id, false}, "team", summary.team.name};
    return 0;
}

static int check_options(const struct invocation *in, bool takes_teams, struct error *err)
{
    int given = (command_option(in, "user") != NULL) + (command_option(in, "service-account") != NULL) +
                (command_option(in, "team") != NULL);

    if (given == 1)
        return 0;
    return error_set(err, ERR_VALIDATION, "give one of --user%s",
                     takes_teams ? ", --service-account and --team" : " and --service-account");
}

/* Prints who has what now. */
static void show(const struct invocation *in, const char *what, struct text name, const struct id *id,
                 const struct chosen *chosen)
{
    if (!command_shows_result(in))
        return;
    output_row(in->output);
    output_text(in->output, what, name);
    output_id(in->output, arena_printf(in->call.arena, "%s_id", what), id);
    output_text(in->output, "kind", text_of(chosen->kind));
    output_text(in->output, "name", chosen->name);
    output_id(in->output, "id", &chosen->holder.id);
    output_record(in->output);
}

/* Finds the role of the argument, and whom it is about. */
static int find_role(const struct invocation *in, struct role_summary *role, struct chosen *chosen, struct error *err)
{
    struct id organization_id;

    if (check_options(in, true, err) < 0 || command_organization_id(in, &organization_id, err) < 0 ||
        role_summarize(&in->call, &organization_id, in->argument, role, err) < 0)
        return -1;
    return choose(in, &role->role.organization_id, chosen, err);
}

int run_role_assign(const struct invocation *in, struct error *err)
{
    struct assignment assignment;
    struct role_summary role;
    struct chosen chosen;

    if (find_role(in, &role, &chosen, err) < 0 ||
        assignment_create(&in->call, &role.role.id, &chosen.holder, &assignment, err) < 0)
        return -1;
    command_report(in, "%s has the role %s of %s\n", chosen.name.data, role.role.name.data, role.organization.data);
    show(in, "role", role.role.name, &role.role.id, &chosen);
    return 0;
}

int run_role_unassign(const struct invocation *in, struct error *err)
{
    struct role_summary role;
    struct chosen chosen;

    if (find_role(in, &role, &chosen, err) < 0 || assignment_delete(&in->call, &role.role.id, &chosen.holder, err) < 0)
        return -1;
    command_report(in, "%s no longer has the role %s of %s\n", chosen.name.data, role.role.name.data,
                   role.organization.data);
    command_show_null(in);
    return 0;
}

/* Finds the team of the argument, and whom it is about. */
static int find_team(const struct invocation *in, struct team_summary *team, struct chosen *chosen, struct error *err)
{
    struct id organization_id;

    if (check_options(in, false, err) < 0 || command_organization_id(in, &organization_id, err) < 0 ||
        team_summarize(&in->call, &organization_id, in->argument, team, err) < 0)
        return -1;
    return choose(in, &team->team.organization_id, chosen, err);
}

int run_team_add(const struct invocation *in, struct error *err)
{
    struct holder_state state;
    struct team_summary team;
    struct chosen chosen;

    if (find_team(in, &team, &chosen, err) < 0 ||
        team_member_add(&in->call, &team.team.id, &chosen.holder, &state, err) < 0)
        return -1;
    command_report(in, "%s is in the team %s of %s\n", chosen.name.data, team.team.name.data, team.organization.data);
    show(in, "team", team.team.name, &team.team.id, &chosen);
    return 0;
}

/* Whom an operator cannot take out of a team is not in it, be it a member of the organization or not. */
static int refuse_outsider(const struct team_summary *team, const struct chosen *chosen, struct error *err)
{
    if (err->kind != ERR_FORBIDDEN && err->kind != ERR_NOT_FOUND)
        return -1;
    return error_set(err, ERR_NOT_FOUND, "%s is not in the team %s of %s", chosen->name.data, team->team.name.data,
                     team->organization.data);
}

int run_team_remove(const struct invocation *in, struct error *err)
{
    struct team_summary team;
    struct chosen chosen;

    if (find_team(in, &team, &chosen, err) < 0)
        return -1;
    if (team_member_remove(&in->call, &team.team.id, &chosen.holder, err) < 0)
        return refuse_outsider(&team, &chosen, err);
    command_report(in, "%s is no longer in the team %s of %s\n", chosen.name.data, team.team.name.data,
                   team.organization.data);
    command_show_null(in);
    return 0;
}
