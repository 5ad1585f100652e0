#include "base/jsonw.h"
#include "http/handlers.h"
#include "http/models.h"

/* A piece of the document. Its URLs are absolute, so that pages elsewhere that show it lead here. */
struct openapi_piece {
    const char *text;
    const char *path; /* the URL that follows the piece, below public_url; NULL at the end */
};

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
    const char *public_url = exchange->service->config->public_url;
    struct buf *body = &exchange->response->body;

    (void)err;
    for (size_t i = 0; i < ARRAY_LENGTH(openapi_json); i++) {
        const struct openapi_piece *piece = &openapi_json[i];

        buf_add_string(body, piece->text);
        if (piece->path != NULL)
            jsonw_string(body, arena_printf(exchange->request->arena, "%s%s", public_url, piece->path));
    }
    return 0;
}
