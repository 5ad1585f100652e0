#include "base/jsonw.h"
#include "http/handlers.h"

/* A piece of the document. Its URLs are relative to the mount, which only a request tells. */
struct openapi_piece {
    const char *text;
    const char *path; /* the URL that follows the piece, below the mount; NULL at the end */
};

#include "openapi_json.h"

int handle_openapi(struct exchange *exchange, struct error *err)
{
    const char *mount = exchange->request->mount;
    struct buf *body = &exchange->response->body;

    (void)err;
    for (size_t i = 0; i < ARRAY_LENGTH(openapi_json); i++) {
        const struct openapi_piece *piece = &openapi_json[i];

        buf_add_string(body, piece->text);
        if (piece->path == NULL)
            continue;
        /* Mounted at the root, the URL of the service itself would be empty; write "/". */
        jsonw_string(body, mount[0] == '\0' && piece->path[0] == '\0'
                               ? "/"
                               : arena_printf(exchange->request->arena, "%s%s", mount, piece->path));
    }
    return 0;
}
