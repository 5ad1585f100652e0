#include "base/jsonw.h"
#include "http/handlers.h"
#include "http/models.h"

/* A piece of the document, and what a request adds behind it. */
struct openapi_piece {
    const char *text;
    void (*add)(struct exchange *exchange, const char *value); /* NULL: nothing */
    const char *value;
    bool is_of_metrics; /* left out where there is no /metrics */
};

/* URLs are absolute, so that pages elsewhere that show the document lead here. */
static void add_url(struct exchange *exchange, const char *path)
{
    jsonw_string(&exchange->response->body,
                 arena_printf(exchange->request->arena, "%s%s", exchange->service->config->public_url, path));
}

static void add_operator(struct exchange *exchange, const char *otherwise)
{
    const char *name = exchange->service->config->operator_name;

    jsonw_string(&exchange->response->body, name[0] == '\0' ? otherwise : name);
}

#include "openapi_json.h"

static const struct field fields[] = {
    {.name = "openapi", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "The version of OpenAPI."},
    {.name = "info", .type = FIELD_OBJECT, .flags = FIELD_REQUIRED, .description = "What this is."},
    {.name = "servers", .type = FIELD_LIST, .items = &object_model, .description = "The address of this service."},
    {.name = "tags", .type = FIELD_LIST, .items = &object_model, .description = "Groups of operations."},
    {.name = "paths", .type = FIELD_OBJECT, .description = "All operations."},
    {.name = "components", .type = FIELD_OBJECT, .description = "What they share."},
    {.name = NULL},
};

const struct model openapi_model = {
    .fields = fields,
    .example =
        "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Organizations API\",\"version\":\"" PACKAGE_VERSION "\"}}"};

int handle_openapi(struct exchange *exchange, struct error *err)
{
    (void)err;
    for (size_t i = 0; i < ARRAY_LENGTH(openapi_json); i++) {
        const struct openapi_piece *piece = &openapi_json[i];

        if (piece->is_of_metrics && !exchange->service->has_metrics)
            continue;
        buf_add_string(&exchange->response->body, piece->text);
        if (piece->add != NULL)
            piece->add(exchange, piece->value);
    }
    return 0;
}
