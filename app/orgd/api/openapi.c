#include "base/jsonw.h"
#include "http/handlers.h"

/* A piece of the document. Its URLs are absolute, so that pages elsewhere that show it lead here. */
struct openapi_piece {
    const char *text;
    const char *path; /* the URL that follows the piece, below public_url; NULL at the end */
};

#include "openapi_json.h"

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
