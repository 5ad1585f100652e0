#include "options.h"

#include <string.h>

#include "base/jsonr.h"
#include "base/text.h"
#include "web/faults.h"

static json_t *value_of(bool is_json, const char *text)
{
    if (text[0] == '\0')
        return json_null();
    return is_json ? jsonr_parse(text_of(text), JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL) : json_string(text);
}

bool options_set(json_t *body, const char *member, bool is_json, const char *text)
{
    return json_object_set_new(body, member, value_of(is_json, text)) == 0;
}

int options_add(const struct invocation *in, const struct member_option *table, json_t *body, struct error *err)
{
    for (const struct member_option *member = table; member->option != NULL; member++) {
        const char *text = command_option(in, member->option);

        if (text == NULL || options_set(body, member->member, member->is_json, text))
            continue;
        return member->is_json
                   ? error_set(err, ERR_VALIDATION, "--%s: must be JSON in UTF-8, %s", member->option, member->form)
                   : error_set(err, ERR_VALIDATION, "--%s: must be text in UTF-8", member->option);
    }
    return 0;
}

int options_add_name(const struct invocation *in, json_t *body, struct error *err)
{
    if (json_object_set_new(body, "name", json_string(in->argument)) < 0)
        return error_set(err, ERR_VALIDATION, "the name must be text in UTF-8");
    return 0;
}

int options_add_organization(const struct invocation *in, json_t *body, struct error *err)
{
    struct organization_summary organization;
    char id[ID_TEXT_SIZE];

    if (command_organization(in, &organization, err) < 0)
        return -1;
    id_format(&organization.organization.id, id);
    json_object_set_new(body, "organization_id", json_string(id));
    return 0;
}

/* Returns NULL if no option sets that member. */
static const struct member_option *member_of(const struct member_option *table, const char *name)
{
    for (const struct member_option *member = table; table != NULL && name != NULL && member->option != NULL; member++)
        if (strcmp(name, member->member) == 0)
            return member;
    return NULL;
}

/* True of what is another kind of JSON, or lacks a part: the API names the types of its own models then. */
static bool is_of_form(const json_t *fault)
{
    const char *type = json_string_value(json_object_get(fault, "type"));
    const char *end = strrchr(type, '_');

    return strcmp(type, "missing") == 0 || (end != NULL && strcmp(end, "_type") == 0);
}

/* What the rule says, without the words that clients of the API know it by. */
static const char *message_of(struct arena *arena, const struct member_option *member, const json_t *fault)
{
    static const char prefix[] = "Value error, ";
    const char *message = json_string_value(json_object_get(fault, "msg"));

    if (member != NULL && member->form != NULL && is_of_form(fault))
        return arena_printf(arena, "must be %s", member->form);
    return strncmp(message, prefix, strlen(prefix)) == 0 ? message + strlen(prefix) : message;
}

/* One fault, at the place that whoever typed the command or wrote the file knows: the name or its option. */
static const char *sentence_of(struct arena *arena, const struct member_option *table, const json_t *fault)
{
    const char *name = json_string_value(json_array_get(json_object_get(fault, "loc"), 1));
    const struct member_option *member = member_of(table, name);
    const char *message = message_of(arena, member, fault);

    if (member != NULL)
        return arena_printf(arena, "--%s: %s", member->option, message);
    return arena_printf(arena, "%s: %s", name == NULL ? "the body" : name, message);
}

/* Says the faults as one sentence. */
static int explain(const struct call *call, const struct member_option *table, struct error *err)
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
        said =
            arena_printf(call->arena, "%s%s%s", said, index == 0 ? "" : "; ", sentence_of(call->arena, table, fault));
    }
    json_decref(list);
    return error_set(err, ERR_VALIDATION, "%s", said);
}

int options_check(const struct invocation *in, const struct member_option *table, const json_t *body,
                  int (*use)(const struct call *call, const json_t *body, void *context, struct error *err),
                  void *context, struct error *err)
{
    struct call call = in->call;
    struct faults faults;
    int result;

    faults_init(&faults);
    call.faults = &faults;
    result = use(&call, body, context, err);
    if (result < 0)
        result = explain(&call, table, err);
    faults_release(&faults);
    return result;
}
