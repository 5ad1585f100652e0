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
    return path.overflowed ? redirect_is_too_long(err) : redirect_to(exchange, path.data, err);
}

int signed_in_find(struct exchange *exchange, const char *next, struct session *out, struct error *err)
{
    int found = session_find(&exchange->call, browser_session(exchange), out, err);

    return found == 0 ? ask_to_sign_in(exchange, next, err) : found;
}
