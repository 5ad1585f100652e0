/* Creating and changing organizations: the options become the body that the API takes, and are checked as that is. */
#include <jansson.h>
#include <string.h>

#include "base/text.h"
#include "commands.h"
#include "options.h"

static const struct member_option member_options[] = {
    {"name", "name", false, NULL},
    {"description", "description", false, NULL},
    {"logo-url", "logo_url", false, NULL},
    {"links", "links", true, "a list such as [{\"title\": \"Docs\", \"url\": \"https://docs.example.com\"}]"},
    {NULL, NULL, false, NULL},
};

static void add_owner(json_t *body, const struct account *owner)
{
    char id[ID_TEXT_SIZE];

    id_format(&owner->id, id);
    json_object_set_new(body, "owner_id", json_string(id));
}

/* An operator can raise the limit. */
static int advise(const struct account *owner, struct error *err)
{
    if (err->kind != ERR_LIMIT)
        return -1;
    return error_set(
        err, ERR_LIMIT,
        "%s owns as many organizations as allowed; 'orgctl user set %s --organization-limit N' changes that",
        owner->name.data, owner->name.data);
}

/* What is to become of the body. */
struct wanted {
    const struct id *id; /* NULL: a new organization */
    struct organization *created;
};

static int create_or_update(const struct call *call, const json_t *body, void *context, struct error *err)
{
    const struct wanted *wanted = context;
    struct organization_input input;
    struct organization changed;

    if (wanted->id == NULL)
        return organization_input_for_create(call, body, &input, err) < 0
                   ? -1
                   : organization_create(call, &input, wanted->created, err);
    if (organization_input_for_update(call, body, &input, err) < 0)
        return -1;
    return organization_update(call, wanted->id, &input, NULL, &changed, err);
}

static int with_faults(const struct invocation *in, json_t *body, const struct id *id, struct organization *created,
                       struct error *err)
{
    struct wanted wanted = {id, created};

    return options_check(in, member_options, body, create_or_update, &wanted, err);
}

static int find_owner(const struct invocation *in, const char *option, struct account *out, struct error *err)
{
    if (account_get_user(&in->call, command_option(in, option), out, err) < 0)
        return -1;
    return out->is_active ? 0
                          : error_set(err, ERR_VALIDATION, "--%s %s: the user is deactivated and can own nothing",
                                      option, out->name.data);
}

int run_organization_create(const struct invocation *in, struct error *err)
{
    CLEANUP(json_decrefp) json_t *body = json_object();
    struct organization created = {.revision = 0};
    struct account owner;

    if (options_add_name(in, body, err) < 0 || options_add(in, member_options, body, err) < 0 ||
        find_owner(in, "owner", &owner, err) < 0)
        return -1;
    add_owner(body, &owner);
    if (with_faults(in, body, NULL, &created, err) < 0)
        return advise(&owner, err);
    command_show_created(in, "name", created.name, &created.id);
    return 0;
}

/* Changes what the body says of the organization in the argument. */
static int change(const struct invocation *in, json_t *body, struct organization_summary *organization,
                  struct error *err)
{
    if (organization_summarize(&in->call, in->argument, organization, err) < 0)
        return -1;
    return with_faults(in, body, &organization->organization.id, NULL, err);
}

int run_organization_set(const struct invocation *in, struct error *err)
{
    CLEANUP(json_decrefp) json_t *body = json_object();
    struct organization_summary organization;

    if (command_require_change(in, err) < 0 || options_add(in, member_options, body, err) < 0)
        return -1;
    if (json_is_null(json_object_get(body, "name")))
        return error_set(err, ERR_VALIDATION, "--name: an organization must have a name");
    if (change(in, body, &organization, err) < 0)
        return -1;
    command_report(in, "%s is changed\n", organization.organization.name.data);
    return command_shows_result(in) ? show_organization(in, &organization.organization.id, err) : 0;
}

int run_organization_transfer(const struct invocation *in, struct error *err)
{
    CLEANUP(json_decrefp) json_t *body = json_object();
    struct organization_summary organization;
    struct account owner;

    if (find_owner(in, "to", &owner, err) < 0)
        return -1;
    add_owner(body, &owner);
    if (change(in, body, &organization, err) < 0)
        return advise(&owner, err);
    command_report(in, "%s belongs to %s now; %s stays an admin\n", organization.organization.name.data,
                   owner.name.data, organization.owner.data);
    return command_shows_result(in) ? show_organization(in, &organization.organization.id, err) : 0;
}
