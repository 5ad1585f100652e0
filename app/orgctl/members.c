#include "base/text.h"
#include "commands.h"
#include "domain/organizations/member.h"

static int find_both(const struct invocation *in, struct organization_summary *organization, struct account *user,
                     struct error *err)
{
    if (command_organization(in, organization, err) < 0)
        return -1;
    return account_get_user(&in->call, command_option(in, "user"), user, err);
}

static void add_member(const struct invocation *in, const struct member *member)
{
    output_row(in->output);
    output_text(in->output, "name", member->name);
    output_id(in->output, "id", &member->id);
    output_lines(in->output, "roles", member->roles);
    output_lines(in->output, "teams", member->teams);
    output_bool(in->output, "is_owner", member->is_owner);
    output_bool(in->output, "is_service_account", member->is_service);
    if (in->output->is_json)
        add_permissions(in, "permissions", member->mask);
}

static int show_member(const struct invocation *in, const struct organization *organization, const struct account *user,
                       struct error *err)
{
    struct member *member;
    int64_t count = member_list_all(&in->call, &organization->id, &user->id, &member, err);

    if (count <= 0)
        return count < 0 ? -1 : error_set(err, ERR_NOT_FOUND, "the user was removed meanwhile");
    add_member(in, member);
    output_record(in->output);
    return 0;
}

/* `is_new`: who is a member already is refused. */
static int make_member(const struct invocation *in, bool is_new, struct error *err)
{
    struct organization_summary organization;
    struct account user;
    struct any_role role;

    if (find_both(in, &organization, &user, err) < 0 ||
        command_role(in, &organization.organization.id, &role, err) < 0 ||
        (is_new ? member_add(&in->call, &role, &user, err) : member_set(&in->call, &role, &user.id, err)) < 0)
        return -1;
    command_report(in, "%s is %s of %s\n", user.name.data, role_short_name(&role).data,
                   organization.organization.name.data);
    return command_shows_result(in) ? show_member(in, &organization.organization, &user, err) : 0;
}

int run_member_add(const struct invocation *in, struct error *err)
{
    return make_member(in, true, err);
}

int run_member_set(const struct invocation *in, struct error *err)
{
    return make_member(in, false, err);
}

/* A service account is a member, too, but ends with its membership. */
static int refuse_service(const struct invocation *in, const struct organization *organization, struct error *err)
{
    const char *name = command_option(in, "user");
    struct account account;
    struct error ignored;

    if (err->kind != ERR_NOT_FOUND || account_get_service(&in->call, name, &organization->id, &account, &ignored) < 0)
        return -1;
    return error_set(err, ERR_NOT_FOUND,
                     "%s is a service account: 'orgctl service-account delete %s --organization ID_OR_NAME' deletes it",
                     account.name.data, name);
}

int run_member_remove(const struct invocation *in, struct error *err)
{
    struct organization_summary organization;
    struct account user;

    if (command_organization(in, &organization, err) < 0)
        return -1;
    if (account_get_user(&in->call, command_option(in, "user"), &user, err) < 0)
        return refuse_service(in, &organization.organization, err);
    if (member_remove(&in->call, &organization.organization.id, &user.id, err) < 0)
        return -1;
    command_report(in, "%s is no longer a member of %s\n", user.name.data, organization.organization.name.data);
    command_show_null(in);
    return 0;
}

int run_member_list(const struct invocation *in, struct error *err)
{
    static const struct id any;
    struct organization_summary organization;
    struct member *members;
    int64_t count;

    if (command_organization(in, &organization, err) < 0)
        return -1;
    count = member_list_all(&in->call, &organization.organization.id, &any, &members, err);
    for (int64_t i = 0; i < count; i++)
        add_member(in, &members[i]);
    if (count >= 0)
        output_list(in->output, "It has no members.");
    return count < 0 ? -1 : 0;
}
