#include "signed_in.h"

#include "base/text.h"
#include "http/browser.h"
#include "http/redirect.h"
#include "web/parameters.h"

/* The sign-in form sends it back, and its answer is a redirect to it. */
#define PATH_BYTES_MAX 6000

const char *signed_in_here(const struct exchange *exchange, const char *path)
{
    struct arena *arena = exchange->call.arena;
    const struct urlencoded *query = &exchange->request->query;

    return query->count == 0 ? path : arena_printf(arena, "%s?%s", path, parameters_encode(arena, query));
}

static int ask_to_sign_in(struct exchange *exchange, const char *next, struct error *err)
{
    CLEANUP(buf_release) struct buf path;

    buf_init(&path, PATH_BYTES_MAX);
    buf_add_literal(&path, "/auth/sign-in?next=");
    urlencoded_add(&path, text_of(next));
    if (path.overflowed)
        return redirect_is_too_long(err);
    exchange->sign_in = arena_strndup(exchange->call.arena, path.data, path.length);
    return error_set(err, ERR_SIGN_IN, "Sign in first.");
}

int signed_in_require(struct exchange *exchange, const char *next, struct session *out, struct error *err)
{
    int found = session_find(&exchange->call, browser_session(exchange), out, err);

    if (found == 0)
        return ask_to_sign_in(exchange, next, err);
    return found < 0 ? -1 : 0;
}
