#include <jansson.h>
#include <string.h>

#include "base/text.h"
#include "commands.h"
#include "domain/accounts/user.h"
#include "domain/organizations/member.h"
#include "domain/organizations/service_account.h"
#include "options.h"

static void add_limit(struct output *output, int64_t limit)
{
    if (limit == ACCOUNT_DEFAULT_LIMIT)
        output_no_value(output, "organization_limit");
    else
        output_int(output, "organization_limit", limit);
}

static void add_user(const struct invocation *in, const struct account *user)
{
    output_row(in->output);
    output_text(in->output, "username", user->name);
    output_id(in->output, "id", &user->id);
    output_text(in->output, "email", user->email);
    output_bool(in->output, "email_verified", user->email_verified);
    output_text(in->output, "name", user->full_name);
    output_bool(in->output, "is_active", user->is_active);
    output_bool(in->output, "is_superuser", user->is_superuser);
    output_int(in->output, "organizations_owned", user->organizations_owned);
    add_limit(in->output, user->organization_limit);
    output_time(in->output, "created", user->created);
}

/* What an operator says about an address is true, unless he says that he does not know. */
static bool address_is_verified(const struct invocation *in)
{
    return command_option(in, "email-unverified") == NULL;
}

static int check_address_options(const struct invocation *in, struct error *err)
{
    const char *address = command_option(in, "email");

    if (address_is_verified(in) || (address != NULL && address[0] != '\0'))
        return 0;
    return error_set(err, ERR_VALIDATION, "--email-unverified is about the address in --email: give that too");
}

/* What people say about themselves becomes the body that the API takes, and is checked as that is. */
static const struct member_option profile_options[] = {
    {"email", "email", false, NULL},
    {"full-name", "name", false, NULL},
    {"avatar-url", "avatar_url", false, NULL},
    {"company", "company", false, NULL},
    {"job-title", "job_title", false, NULL},
    {"metadata", "metadata", true, "an object such as {\"desk\": \"B12\"}"},
    {"language", "language", false, NULL},
    {"time-zone", "time_zone", false, NULL},
    {NULL, NULL, false, NULL},
};

static int check_profile(const struct call *call, const json_t *body, void *context, struct error *err)
{
    return user_input_for_update(call, body, context, err);
}

static int read_profile(const struct invocation *in, struct account_change *out, struct error *err)
{
    CLEANUP(json_decrefp) json_t *body = json_object();

    if (options_add(in, profile_options, body, err) < 0 ||
        options_check(in, profile_options, body, check_profile, out, err) < 0)
        return -1;
    out->given.email_verified = out->given.email;
    out->value.email_verified = address_is_verified(in);
    return 0;
}

int run_user_create(const struct invocation *in, struct error *err)
{
    struct account_change profile;
    struct account user;
    struct id id;

    if (check_address_options(in, err) < 0 || read_profile(in, &profile, err) < 0)
        return -1;
    user = profile.value;
    user.name = text_of(in->argument);
    user.is_superuser = command_option(in, "superuser") != NULL;
    if (command_int(in, "organization-limit", 0, ACCOUNT_LIMIT_MAX, ACCOUNT_DEFAULT_LIMIT, &user.organization_limit,
                    err) < 0 ||
        account_create_user(&in->call, &user, &id, err) < 0)
        return -1;
    command_show_created(in, "username", text_of(in->argument), &id);
    return 0;
}

/* What is too much for a line of a table. */
static void add_profile(const struct invocation *in, const struct account *user)
{
    output_text(in->output, "avatar_url", user->avatar_url);
    output_text(in->output, "company", user->company);
    output_text(in->output, "job_title", user->job_title);
    output_json(in->output, "metadata", user->metadata, user->metadata.data == NULL ? "{}" : user->metadata.data);
    output_text(in->output, "language", user->language);
    output_text(in->output, "time_zone", user->time_zone);
    output_time(in->output, "updated", user->updated);
}

int run_user_list(const struct invocation *in, struct error *err)
{
    static const struct id any;
    struct account *users;
    int64_t count = account_list(&in->call, ACCOUNT_USER, &any, &users, err);

    for (int64_t i = 0; i < count; i++) {
        add_user(in, &users[i]);
        if (in->output->is_json)
            add_profile(in, &users[i]);
    }
    if (count >= 0)
        output_list(in->output, "There are no users yet; 'orgctl user create NAME' makes one.");
    return count < 0 ? -1 : 0;
}

static int show_user(const struct invocation *in, const char *name, struct error *err)
{
    struct account user;

    if (account_get_user(&in->call, name, &user, err) < 0)
        return -1;
    add_user(in, &user);
    add_profile(in, &user);
    if (add_identities(in, &user.id, err) < 0)
        return -1;
    output_record(in->output);
    return 0;
}

int run_user_show(const struct invocation *in, struct error *err)
{
    return show_user(in, in->argument, err);
}

static int find(const struct invocation *in, enum account_kind kind, struct account *out, struct error *err)
{
    return kind == ACCOUNT_USER ? account_get_user(&in->call, in->argument, out, err)
                                : command_service_account(in, in->argument, out, err);
}

/* What the deactivation of a user ends, no activation brings back. */
static int confirm_active(const struct invocation *in, const struct account *account, bool is_active, struct error *err)
{
    if (is_active || account->is_service)
        return 0;
    return command_confirm(
        in, err, "Deactivate the user %s, and end for good all its sessions and all that it granted to clients?",
        account->name.data);
}

static int set_active(const struct invocation *in, enum account_kind kind, bool is_active, struct error *err)
{
    struct account account;

    if (find(in, kind, &account, err) < 0 || confirm_active(in, &account, is_active, err) < 0 ||
        account_set_active(&in->call, &account.id, is_active, err) < 0)
        return -1;
    if (!is_active && account.organizations_owned > 0)
        command_warn(in, "%s still owns %lld organization%s; 'orgctl organization transfer' gives them another owner",
                     account.name.data, (long long)account.organizations_owned,
                     account.organizations_owned == 1 ? "" : "s");
    command_report(in, "%s is %s\n", account.name.data, is_active ? "active" : "deactivated");
    if (!command_shows_result(in))
        return 0;
    return kind == ACCOUNT_USER ? run_user_show(in, err) : run_service_account_show(in, err);
}

int run_user_activate(const struct invocation *in, struct error *err)
{
    return set_active(in, ACCOUNT_USER, true, err);
}

int run_user_deactivate(const struct invocation *in, struct error *err)
{
    return set_active(in, ACCOUNT_USER, false, err);
}

static int read_superuser(const struct invocation *in, struct account_change *out, struct error *err)
{
    const char *value = command_option(in, "superuser");

    out->given.is_superuser = value != NULL;
    if (value == NULL)
        return 0;
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return error_set(err, ERR_VALIDATION, "--superuser %s: must be yes or no", value);
    out->value.is_superuser = strcmp(value, "yes") == 0;
    return 0;
}

static int read_limit(const struct invocation *in, struct account_change *out, struct error *err)
{
    const char *value = command_option(in, "organization-limit");

    out->given.organization_limit = value != NULL;
    if (value == NULL)
        return 0;
    out->value.organization_limit = ACCOUNT_DEFAULT_LIMIT;
    if (strcmp(value, "default") == 0)
        return 0;
    return command_int(in, "organization-limit", 0, ACCOUNT_LIMIT_MAX, 0, &out->value.organization_limit, err);
}

/* Everything is read before anything is written. */
int run_user_set(const struct invocation *in, struct error *err)
{
    struct account_change change;
    struct account user;

    if (command_require_change(in, err) < 0 || check_address_options(in, err) < 0 ||
        account_get_user(&in->call, in->argument, &user, err) < 0 || read_profile(in, &change, err) < 0 ||
        read_superuser(in, &change, err) < 0 || read_limit(in, &change, err) < 0 ||
        read_new_password(in, &user, &change.password_hash, err) < 0 ||
        account_change(&in->call, &user.id, &change, err) < 0)
        return -1;
    command_report(in, "%s is changed\n", user.name.data);
    return command_shows_result(in) ? run_user_show(in, err) : 0;
}

int run_user_rename(const struct invocation *in, struct error *err)
{
    const char *name = command_option(in, "to");
    struct account user;

    if (account_get_user(&in->call, in->argument, &user, err) < 0 || account_rename(&in->call, &user.id, name, err) < 0)
        return -1;
    command_report(in, "%s is called %s now\n", user.name.data, name);
    return command_shows_result(in) ? show_user(in, name, err) : 0;
}

int run_user_delete(const struct invocation *in, struct error *err)
{
    struct account user;

    if (account_get_user(&in->call, in->argument, &user, err) < 0 ||
        command_confirm_name(in, user.name, err, "Delete the user %s, with all its tokens, memberships and grants?",
                             user.name.data) < 0 ||
        account_delete(&in->call, &user.id, err) < 0)
        return -1;
    command_report(in, "%s is deleted\n", user.name.data);
    command_show_null(in);
    return 0;
}

static void add_service_account(const struct invocation *in, const struct account *account)
{
    output_row(in->output);
    output_text(in->output, "name", account->name);
    output_id(in->output, "id", &account->id);
    output_text(in->output, "organization", account->organization);
    output_id(in->output, "organization_id", &account->organization_id);
    output_text(in->output, "role", account->role);
    output_text(in->output, "full_name", account->full_name);
    output_text(in->output, "description", account->description);
    output_bool(in->output, "is_active", account->is_active);
    output_time(in->output, "created", account->created);
}

static const struct member_option program_options[] = {
    {"full-name", "name", false, NULL},
    {"description", "description", false, NULL},
    {NULL, NULL, false, NULL},
};

static int check_program(const struct call *call, const json_t *body, void *context, struct error *err)
{
    return service_account_input_for_update(call, body, context, err);
}

static int read_program(const struct invocation *in, struct service_account_input *out, struct error *err)
{
    CLEANUP(json_decrefp) json_t *body = json_object();

    if (options_add(in, program_options, body, err) < 0)
        return -1;
    return options_check(in, program_options, body, check_program, out, err);
}

int run_service_account_create(const struct invocation *in, struct error *err)
{
    struct service_account_input input;
    struct organization_summary organization;
    struct account account;
    struct any_role role;

    if (read_program(in, &input, err) < 0 || command_organization(in, &organization, err) < 0 ||
        command_role(in, &organization.organization.id, &role, err) < 0)
        return -1;
    input.change.value.name = text_of(in->argument);
    input.role_id = role.id;
    if (service_account_create(&in->call, &organization.organization.id, &input, &account, err) < 0)
        return -1;
    command_show_created(in, "name", text_of(in->argument), &account.id);
    return 0;
}

int run_service_account_list(const struct invocation *in, struct error *err)
{
    struct id organization_id;
    struct account *accounts;
    int64_t count;

    if (command_organization_id(in, &organization_id, err) < 0)
        return -1;
    count = account_list(&in->call, ACCOUNT_SERVICE, &organization_id, &accounts, err);
    for (int64_t i = 0; i < count; i++)
        add_service_account(in, &accounts[i]);
    if (count >= 0)
        output_list(in->output, "There are no service accounts.");
    return count < 0 ? -1 : 0;
}

int run_service_account_show(const struct invocation *in, struct error *err)
{
    struct account account;

    if (find(in, ACCOUNT_SERVICE, &account, err) < 0)
        return -1;
    add_service_account(in, &account);
    output_record(in->output);
    return 0;
}

int run_service_account_activate(const struct invocation *in, struct error *err)
{
    return set_active(in, ACCOUNT_SERVICE, true, err);
}

int run_service_account_deactivate(const struct invocation *in, struct error *err)
{
    return set_active(in, ACCOUNT_SERVICE, false, err);
}

static int set_role(const struct invocation *in, const struct account *account, struct error *err)
{
    struct any_role role;

    if (command_option(in, "role") == NULL)
        return 0;
    if (command_role(in, &account->organization_id, &role, err) < 0 ||
        member_set(&in->call, &role, &account->id, err) < 0)
        return -1;
    command_report(in, "%s is %s of %s\n", account->name.data, role_short_name(&role).data, account->organization.data);
    return 0;
}

/* What the options leave out stays. */
static int set_program(const struct invocation *in, const struct account *account,
                       const struct service_account_input *input, struct error *err)
{
    struct account changed;

    if (!input->change.given.full_name && !input->change.given.description)
        return 0;
    if (service_account_update(&in->call, &account->organization_id, account->name, input, NULL, &changed, err) < 0)
        return -1;
    command_report(in, "%s is changed\n", account->name.data);
    return 0;
}

int run_service_account_set(const struct invocation *in, struct error *err)
{
    struct service_account_input input;
    struct account account;

    if (command_require_change(in, err) < 0 || read_program(in, &input, err) < 0 ||
        find(in, ACCOUNT_SERVICE, &account, err) < 0 || set_role(in, &account, err) < 0 ||
        set_program(in, &account, &input, err) < 0)
        return -1;
    return command_shows_result(in) ? run_service_account_show(in, err) : 0;
}

int run_service_account_delete(const struct invocation *in, struct error *err)
{
    struct account account;

    if (find(in, ACCOUNT_SERVICE, &account, err) < 0 ||
        command_confirm_name(in, account.name, err, "Delete the service account %s of %s and its keys?",
                             account.name.data, account.organization.data) < 0 ||
        account_delete(&in->call, &account.id, err) < 0)
        return -1;
    command_report(in, "%s is deleted\n", account.name.data);
    command_show_null(in);
    return 0;
}
