#include "redirect.h"

#include <string.h>

int redirect_is_too_long(struct error *err)
{
    return error_set(err, ERR_LONG_ADDRESS, N_("The application has sent more than fits here."));
}

int redirect_to_url(struct exchange *exchange, const char *url, struct error *err)
{
    if (strlen(url) > REDIRECT_BYTES_MAX)
        return redirect_is_too_long(err);
    exchange->response->status = 303;
    http_response_header(exchange->response, "Location", "%s", url);
    http_response_header(exchange->response, "Referrer-Policy", "no-referrer");
    return 0;
}

int redirect_to(struct exchange *exchange, const char *path, struct error *err)
{
    return redirect_to_url(exchange, arena_printf(exchange->call.arena, "%s%s", exchange->request->mount, path), err);
}
