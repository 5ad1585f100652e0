#include "request_id.h"

#include <string.h>

#include "base/id.h"

static bool is_good(const char *id)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strlen(id);

    return length >= 1 && length <= REQUEST_ID_MAX && strspn(id, allowed) == length;
}

void request_id_choose(const struct http_request *request, struct timestamp now, char out[REQUEST_ID_MAX + 1])
{
    const char *given = http_request_variable(request, "HTTP_X_REQUEST_ID");

    if (given != NULL && is_good(given)) {
        memcpy(out, given, strlen(given) + 1);
    } else {
        struct id id = id_new(now);

        id_format(&id, out);
    }
}
