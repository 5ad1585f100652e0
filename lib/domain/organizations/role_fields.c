#include <stdio.h>

#include "base/jsonw.h"
#include "base/text.h"
#include "domain/access/system_roles.h"
#include "domain/name.h"
#include "named.h"
#include "role.h"

#define PERMISSIONS_MAX 1000

static const struct field_complaint *check_permission(struct arena *arena, struct text name)
{
    static const struct field_complaint complaint = {"literal_error",
                                                     "Input should be a permission of GET /permissions",
                                                     "{\"expected\":\"a permission of GET /permissions\"}"};
    enum permission permission;

    (void)arena;
    return permission_parse(name, &permission) ? NULL : &complaint;
}

/* What bodies and answers share about each field. */
#define NAME                                                                                                           \
    .name = "name", .type = FIELD_TEXT, .minimum = 1, .maximum = ROLE_NAME_LENGTH_MAX,                                 \
    .description = "Unique in the organization by its key, as names of organizations are; not one of the system's."
#define DESCRIPTION                                                                                                    \
    .name = "description", .type = FIELD_TEXT, .minimum = 1, .maximum = 256, .description = "What the role is for."
#define PERMISSIONS(text) .name = "permissions", .type = FIELD_LIST, .maximum = PERMISSIONS_MAX, .description = (text)
#define GIVEN_PERMISSIONS                                                                                              \
    FIELD_AT_GIVEN(struct role_input, permissions, given.permissions), .item_size = sizeof(struct text),               \
                                                                       .check = check_permission
#define OPTIONAL_DESCRIPTION                                                                                           \
    {                                                                                                                  \
        DESCRIPTION, .flags = FIELD_NULLABLE, FIELD_AT_GIVEN(struct role_input, description, given.description)        \
    }

static const struct field create_fields[] = {
    {NAME, .flags = FIELD_NFC | FIELD_REQUIRED, FIELD_AT_GIVEN(struct role_input, name, given.name),
     .check = name_check},
    OPTIONAL_DESCRIPTION,
    {.name = "organization_id",
     .type = FIELD_ID,
     .flags = FIELD_REQUIRED,
     FIELD_AT(struct role_input, organization_id),
     .description = "Where the role is to be."},
    {PERMISSIONS("Of those that GET /permissions lists. You must have each of them yourself."), .flags = FIELD_REQUIRED,
     GIVEN_PERMISSIONS},
    {.name = NULL},
};

const struct model role_create_model = {
    "RoleCreate", create_fields,
    .example =
        "{\"name\":\"Auditor\",\"description\":\"Reads what happened\",\"organization_id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\",\"permissions\":[\"organization:read\",\"event:read\"]}"};

static const struct field update_fields[] = {
    {NAME, .flags = FIELD_NFC | FIELD_NULL_IS_ABSENT, FIELD_AT_GIVEN(struct role_input, name, given.name),
     .check = name_check},
    OPTIONAL_DESCRIPTION,
    {PERMISSIONS("Replaces the whole list. You must have yourself all that were in it and all that will be."),
     .flags = FIELD_NULL_IS_ABSENT, GIVEN_PERMISSIONS},
    {.name = NULL},
};

const struct model role_update_model = {
    "RoleUpdate", update_fields, .example = "{\"permissions\":[\"organization:read\",\"member:read\",\"event:read\"]}"};

const struct field role_list_fields[] = {
    {.name = "name",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct role_filter, name_key),
     .description = "The whole name, without regard to case."},
    {.name = "user_id",
     .type = FIELD_ID,
     FIELD_AT(struct role_filter, user_id),
     .description = "Only those that are assigned to this user or service account itself."},
    {.name = "team_id",
     .type = FIELD_ID,
     FIELD_AT(struct role_filter, team_id),
     .description = "Only those that are assigned to this team."},
    {.name = "system_managed",
     .type = FIELD_BOOL,
     FIELD_AT_GIVEN(struct role_filter, system_managed, given_filter.system_managed),
     .description = "Only the system's roles, or only those that were made in the organization."},
    {.name = "level",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct role_filter, level),
     .description = "Only roles of this level; all of them are of the level organization."},
    {.name = "assigned_to_current_user",
     .type = FIELD_BOOL,
     .flags = FIELD_HAS_DEFAULT,
     FIELD_AT(struct role_filter, assigned_to_current_user),
     .description = "Only those that are assigned to the caller itself."},
    PAGING_OFFSET(struct role_filter),
    PAGING_LIMIT(struct role_filter),
    PAGING_AFTER(struct role_filter, "role"),
    PAGING_INCLUDE_TOTAL(struct role_filter),
    {.name = NULL},
};

struct deletion {
    bool force;
};

const struct field role_delete_fields[] = {
    {.name = "force",
     .type = FIELD_BOOL,
     .flags = FIELD_HAS_DEFAULT,
     FIELD_AT(struct deletion, force),
     .description = "Take the role away from all who have it. Whose last one it was is no member any more."},
    {.name = NULL},
};

/* The form that role_write_json() writes. */
static const char *const levels[] = {"organization", NULL};
static const char *const types[] = {"normal", NULL};
static const struct field answer_fields[] = {
    {.name = "id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "Never changes."},
    {NAME, .flags = FIELD_REQUIRED},
    {DESCRIPTION, .flags = FIELD_REQUIRED | FIELD_NULLABLE},
    {.name = "organization_id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "Where it is."},
    {.name = "level",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED,
     .values = levels,
     .description = "What the role is about."},
    {.name = "system_managed",
     .type = FIELD_BOOL,
     .flags = FIELD_REQUIRED,
     .description = "True of the system's roles, which exist everywhere and cannot be changed."},
    {.name = "type", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .values = types, .description = "Of which kind."},
    {PERMISSIONS("What it lets do."), .flags = FIELD_REQUIRED},
    {.name = "created", .type = FIELD_TIME, .flags = FIELD_REQUIRED, .description = "When it was created."},
    {.name = "updated",
     .type = FIELD_TIME,
     .flags = FIELD_REQUIRED,
     .description = "When something of it changed last."},
    {.name = NULL},
};

const struct model role_model = {
    "Role", answer_fields,
    .example =
        "{\"id\":\"01932d3b-0a10-7c52-9f01-7e1b2c3d4e5f\",\"name\":\"Auditor\",\"description\":\"Reads what happened\",\"organization_id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\",\"level\":\"organization\",\"system_managed\":false,\"type\":\"normal\",\"permissions\":[\"organization:read\",\"event:read\"],\"created\":\"2026-11-23T09:30:00.123456Z\",\"updated\":\"2026-11-23T09:30:00.123456Z\"}"};

static int64_t mask_of(const struct field_list *list)
{
    const struct text *names = list->items;
    int64_t mask = 0;

    for (size_t i = 0; i < list->count; i++) {
        enum permission permission;

        if (permission_parse(names[i], &permission)) /* they were checked */
            mask |= PERMISSION_BIT(permission);
    }
    return mask;
}

static int read_input(const struct call *call, const struct field *table, const json_t *body, struct role_input *out,
                      struct error *err)
{
    *out = (struct role_input){.mask = 0};
    fields_from_json(table, body, call->arena, LOCATION("body"), out, call->faults);
    if (faults_result(call->faults, err) < 0)
        return -1;
    out->mask = mask_of(&out->permissions);
    return 0;
}

int role_input_for_create(const struct call *call, const json_t *body, struct role_input *out, struct error *err)
{
    return read_input(call, create_fields, body, out, err);
}

int role_input_for_update(const struct call *call, const json_t *body, struct role_input *out, struct error *err)
{
    return read_input(call, update_fields, body, out, err);
}

int role_filter_from_query(const struct call *call, const struct urlencoded *query, struct role_filter *out,
                           struct error *err)
{
    *out = (struct role_filter){.limit = 0};
    paging_from_query(role_list_fields, query, call->arena, out, call->faults);
    if (out->name_key.data != NULL)
        out->name_key = name_key(call->arena, out->name_key);
    return faults_result(call->faults, err);
}

int role_force_from_query(const struct call *call, const struct urlencoded *query, bool *force, struct error *err)
{
    struct deletion deletion = {.force = false};

    fields_from_query(role_delete_fields, query, call->arena, &deletion, call->faults);
    *force = deletion.force;
    return faults_result(call->faults, err);
}

void role_write_json(struct buf *out, const struct any_role *role)
{
    buf_add_char(out, '{');
    jsonw_key(out, "id");
    jsonw_id(out, &role->id);
    jsonw_key(out, "name");
    jsonw_text(out, role->name);
    jsonw_key(out, "description");
    jsonw_text(out, role->description);
    jsonw_key(out, "organization_id");
    jsonw_id(out, &role->organization_id);
    jsonw_key(out, "level");
    jsonw_string(out, levels[0]);
    jsonw_key(out, "system_managed");
    jsonw_bool(out, role->system != ROLE_NONE);
    jsonw_key(out, "type");
    jsonw_string(out, types[0]);
    jsonw_key(out, "permissions");
    permissions_write_json(out, role->mask);
    jsonw_key(out, "created");
    jsonw_time(out, role->created);
    jsonw_key(out, "updated");
    jsonw_time(out, role->updated);
    buf_add_char(out, '}');
}

void roles_write_json(struct buf *out, const struct id *organization_id, int64_t system_roles, struct text roles_made)
{
    buf_add_char(out, '[');
    for (enum role role = ROLE_ADMIN; role <= ROLE_MEMBER; role++) {
        struct id id = system_role_id(organization_id, role);

        if (system_roles & ROLE_BIT(role))
            named_write_one(out, &id, system_role_title(role));
    }
    named_write_json(out, roles_made);
    buf_add_char(out, ']');
}

/* The permissions of a system's role change with the program, so its tag names them. */
void role_etag(const struct any_role *role, char out[ROLE_ETAG_SIZE])
{
    snprintf(out, ROLE_ETAG_SIZE, "\"%llx.%lld.%llx\"", (unsigned long long)role->created.us, (long long)role->revision,
             (unsigned long long)mask_permissions(role->mask));
}
