/* Creating and changing organizations: the options become the body that the API takes, and are checked as that is. */
#include <jansson.h>
#include <string.h>

#include "base/text.h"
#include "commands.h"
#include "web/faults.h"

/* Which members of the body options may set. */
static const struct member_option {
    const char *option;
    const char *member;
    bool is_json; /* the value is JSON, not text */
} member_options[] = {
    {"name", "name", false},
    {"description", "description", false},
    {"logo-url", "logo_url", false},
    {"links", "links", true},
};

static json_t *value_of(const struct member_option *member, const char *text)
{
    if (text[0] == '\0')
        return json_null();
    return member->is_json ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : json_string(text);
}

static int add_options(const struct invocation *in, json_t *body, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LENGTH(member_options); i++) {
        const struct member_option *member = &member_options[i];
        const char *text = command_option(in, member->option);

        if (text != NULL && json_object_set_new(body, member->member, value_of(member, text)) < 0)
            return error_set(err, ERR_VALIDATION, "--%s: must be %s in UTF-8", member->option,
                             member->is_json ? "JSON, such as [{\"title\": \"Status\", \"url\": \"https://…\"}],"
                                             : "text");
    }
    return 0;
}

static void add_owner(json_t *body, const struct account *owner)
{
    char id[ID_TEXT_SIZE];

    id_format(&owner->id, id);
    json_object_set_new(body, "owner_id", json_string(id));
}

/* Where a fault is, as whoever typed the command knows it: the name or its option. */
static const char *place_of(struct arena *arena, const json_t *location)
{
    const char *member = json_string_value(json_array_get(location, 1));
    const char *place = member == NULL ? "the body" : member;

    for (size_t i = 0; member != NULL && i < ARRAY_LENGTH(member_options); i++)
        if (strcmp(member, member_options[i].member) == 0)
            place = arena_printf(arena, "--%s", member_options[i].option);
    return place;
}

/* Says the faults as one sentence. */
static int explain(const struct call *call, struct error *err)
{
    const char *said = "";
    json_t *list;
    json_t *fault;
    size_t index;

    if (err->kind != ERR_VALIDATION || call->faults->count == 0)
        return -1;
    list = json_loads(arena_printf(call->arena, "[%s]", call->faults->json.data), 0, NULL);
    json_array_foreach(list, index, fault)
    {
        said = arena_printf(call->arena, "%s%s%s: %s", said, index == 0 ? "" : "; ",
                            place_of(call->arena, json_object_get(fault, "loc")),
                            json_string_value(json_object_get(fault, "msg")));
    }
    json_decref(list);
    return error_set(err, ERR_VALIDATION, "%s", said);
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

static int create(const struct call *call, json_t *body, struct organization *out, struct error *err)
{
    struct organization_input input;

    if (organization_input_for_create(call, body, &input, err) < 0)
        return -1;
    return organization_create(call, &input, out, err);
}

static int update(const struct call *call, const struct id *id, json_t *body, struct error *err)
{
    const struct precondition any = {.holds = NULL};
    struct organization_input input;
    struct organization changed;

    if (organization_input_for_update(call, body, &input, err) < 0)
        return -1;
    return organization_update(call, id, &input, &any, &changed, err);
}

/* Faults are collected for as long as the change takes. */
static int with_faults(const struct invocation *in, json_t *body, const struct id *id, struct organization *created,
                       struct error *err)
{
    struct call call = in->call;
    struct faults faults;
    int result;

    faults_init(&faults);
    call.faults = &faults;
    result = id == NULL ? create(&call, body, created, err) : update(&call, id, body, err);
    if (result < 0)
        result = explain(&call, err);
    faults_release(&faults);
    return result;
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

    if (json_object_set_new(body, "name", json_string(in->argument)) < 0)
        return error_set(err, ERR_VALIDATION, "the name must be text in UTF-8");
    if (add_options(in, body, err) < 0 || find_owner(in, "owner", &owner, err) < 0)
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

    if (add_options(in, body, err) < 0)
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
