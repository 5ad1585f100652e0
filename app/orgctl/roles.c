#include <jansson.h>
#include <string.h>

#include "base/text.h"
#include "commands.h"
#include "options.h"

#define TEXT_MAXIMUM 65536

void add_permissions(const struct invocation *in, const char *name, int64_t mask)
{
    int64_t permissions = mask_permissions(mask);
    struct buf lines;

    buf_init(&lines, TEXT_MAXIMUM);
    for (enum permission permission = 0; permission < PERMISSIONS_END; permission++)
        if ((permissions & PERMISSION_BIT(permission)) != 0)
            buf_printf(&lines, "%s%s", lines.length == 0 ? "" : "\n", permission_name(permission));
    output_lines(in->output, name, (struct text){lines.data, lines.length});
    buf_release(&lines);
}

int run_permission_list(const struct invocation *in, struct error *err)
{
    static const struct {
        const char *name;
        const char *sentence;
    } permissions[] = {
#define PERMISSION(number, constant, name, roles, sentence) {name, sentence},
#include "domain/access/permissions.def"
#undef PERMISSION
    };

    (void)err;
    for (size_t i = 0; i < ARRAY_LENGTH(permissions); i++) {
        output_row(in->output);
        output_text(in->output, "name", text_of(permissions[i].name));
        output_text(in->output, "description", text_of(permissions[i].sentence));
    }
    output_list(in->output, "There are no permissions.");
    return 0;
}

static void add_role(const struct invocation *in, const struct role_summary *summary)
{
    const struct any_role *role = &summary->role;

    output_row(in->output);
    output_text(in->output, "name", role->name);
    output_id(in->output, "id", &role->id);
    output_bool(in->output, "system_managed", role->system != ROLE_NONE);
    output_int(in->output, "members", summary->members);
    output_int(in->output, "teams", summary->teams);
}

/* What would make a table too wide. */
static void add_details(const struct invocation *in, const struct role_summary *summary)
{
    const struct any_role *role = &summary->role;

    output_text(in->output, "organization", summary->organization);
    output_id(in->output, "organization_id", &role->organization_id);
    output_text(in->output, "description", role->description);
    add_permissions(in, "permissions", role->mask);
    output_time(in->output, "created", role->created);
    output_time(in->output, "updated", role->updated);
}

int run_role_list(const struct invocation *in, struct error *err)
{
    struct organization_summary organization;
    struct role_summary *roles;
    int64_t count;

    if (command_organization(in, &organization, err) < 0)
        return -1;
    count = role_summarize_all(&in->call, &organization.organization.id, &roles, err);
    for (int64_t i = 0; i < count; i++) {
        add_role(in, &roles[i]);
        if (in->output->is_json)
            add_details(in, &roles[i]);
    }
    if (count >= 0)
        output_list(in->output, "It is gone.");
    return count < 0 ? -1 : 0;
}

/* Finds the role of the argument. */
static int find(const struct invocation *in, struct role_summary *out, struct error *err)
{
    struct id organization_id;

    if (command_organization_id(in, &organization_id, err) < 0)
        return -1;
    return role_summarize(&in->call, &organization_id, in->argument, out, err);
}

static int show(const struct invocation *in, const struct id *id, struct error *err)
{
    static const struct id any;
    struct role_summary role;
    char text[ID_TEXT_SIZE];

    id_format(id, text);
    if (role_summarize(&in->call, &any, text, &role, err) < 0)
        return -1;
    add_role(in, &role);
    add_details(in, &role);
    output_record(in->output);
    return 0;
}

int run_role_show(const struct invocation *in, struct error *err)
{
    struct role_summary role;

    return find(in, &role, err) < 0 ? -1 : show(in, &role.role.id, err);
}

/* Creating and changing: the options become the body that the API takes, and are checked as that is. */

static const struct member_option member_options[] = {
    {"name", "name", false, NULL},
    {"description", "description", false, NULL},
    {NULL, NULL, false, NULL},
};

static int add_permission(json_t *list, const char *name, size_t length, struct error *err)
{
    enum permission permission;

    if (!permission_parse((struct text){name, length}, &permission))
        return error_set(err, ERR_VALIDATION, "--permissions: there is no '%.*s'; 'orgctl permission list' shows them",
                         (int)length, name);
    json_array_append_new(list, json_string(permission_name(permission)));
    return 0;
}

/* Adds the option --permissions to the body, if it was given: names with blanks between. */
static int read_permissions(const struct invocation *in, json_t *body, struct error *err)
{
    const char *at = command_option(in, "permissions");
    json_t *list;

    if (at == NULL)
        return 0;
    list = json_array();
    json_object_set_new(body, "permissions", list);
    for (at += strspn(at, " \t\n"); *at != '\0'; at += strspn(at, " \t\n")) {
        size_t length = strcspn(at, " \t\n");

        if (add_permission(list, at, length, err) < 0)
            return -1;
        at += length;
    }
    return 0;
}

static int create(const struct call *call, const json_t *body, void *context, struct error *err)
{
    struct role_input input;

    return role_input_for_create(call, body, &input, err) < 0 ? -1 : role_create(call, &input, context, err);
}

int run_role_create(const struct invocation *in, struct error *err)
{
    CLEANUP(json_decrefp) json_t *body = json_object();
    struct any_role role = {.revision = 0};

    if (options_add_name(in, body, err) < 0 || options_add(in, member_options, body, err) < 0 ||
        read_permissions(in, body, err) < 0 || options_add_organization(in, body, err) < 0 ||
        options_check(in, member_options, body, create, &role, err) < 0)
        return -1;
    command_show_created(in, "name", role.name, &role.id);
    return 0;
}

static int update(const struct call *call, const json_t *body, void *context, struct error *err)
{
    struct any_role *role = context;
    struct role_input input;

    return role_input_for_update(call, body, &input, err) < 0 ? -1
                                                              : role_update(call, &role->id, &input, NULL, role, err);
}

int run_role_update(const struct invocation *in, struct error *err)
{
    CLEANUP(json_decrefp) json_t *body = json_object();
    struct role_summary role;

    if (command_require_change(in, err) < 0 || options_add(in, member_options, body, err) < 0 ||
        read_permissions(in, body, err) < 0)
        return -1;
    if (json_is_null(json_object_get(body, "name")))
        return error_set(err, ERR_VALIDATION, "--name: a role must have a name");
    if (find(in, &role, err) < 0 || options_check(in, member_options, body, update, &role.role, err) < 0)
        return -1;
    command_report(in, "%s is changed\n", role.role.name.data);
    return command_shows_result(in) ? show(in, &role.role.id, err) : 0;
}

static int confirm_deletion(const struct invocation *in, const struct role_summary *role, bool force, struct error *err)
{
    if (role->members + role->teams == 0)
        return command_confirm_name(in, role->role.name, err, "Delete the role %s of %s?", role->role.name.data,
                                    role->organization.data);
    if (!force)
        return error_set(err, ERR_EXISTS,
                         "the role %s is assigned to %lld member%s and %lld team%s; --force takes it away from them",
                         role->role.name.data, (long long)role->members, role->members == 1 ? "" : "s",
                         (long long)role->teams, role->teams == 1 ? "" : "s");
    return command_confirm_name(in, role->role.name, err,
                                "Delete the role %s of %s, and take it away from %lld member%s and %lld team%s?",
                                role->role.name.data, role->organization.data, (long long)role->members,
                                role->members == 1 ? "" : "s", (long long)role->teams, role->teams == 1 ? "" : "s");
}

int run_role_delete(const struct invocation *in, struct error *err)
{
    bool force = command_option(in, "force") != NULL;
    struct role_summary role;

    if (find(in, &role, err) < 0)
        return -1;
    if (role.role.system == ROLE_NONE && confirm_deletion(in, &role, force, err) < 0)
        return -1;
    if (role_delete(&in->call, &role.role.id, force, NULL, err) < 0)
        return -1;
    command_report(in, "%s is deleted\n", role.role.name.data);
    command_show_null(in);
    return 0;
}
