#include "problem.h"

#include <strings.h>

#include "base/jsonw.h"
#include "domain/credentials/bearer.h"
#include "handlers.h"
#include "redirect.h"
#include "routes.h"

#define RETRY_AFTER_S 2

/* Asks for a credential. A client of the authorization server is asked for the scheme that it used (RFC 6749, 5.2). A
 * caller of the API is asked for a bearer credential, with the reason if it sent one (RFC 6750, 3). */
static void add_challenge(struct exchange *exchange, const struct error *err)
{
    const char *sent = http_request_authorization(exchange->request);
    const char *scheme = "Bearer";
    const char *reason = "";

    if (err->kind == ERR_INVALID_REQUEST && route_is_for_callers(exchange->route))
        reason = ", error=\"invalid_request\"";
    else if (err->kind == ERR_UNAUTHORIZED && bearer_is_sent(sent))
        reason = ", error=\"invalid_token\"";
    else if (error_status(err->kind) != 401)
        return;
    if (err->kind == ERR_INVALID_CLIENT && sent != NULL && strncasecmp(sent, "Basic ", 6) == 0)
        scheme = "Basic";
    http_response_header(exchange->response, "WWW-Authenticate", "%s realm=\"orgd\"%s", scheme, reason);
}

void problem_head(struct exchange *exchange, const struct error *err)
{
    int64_t retry_after_s =
        err->kind == ERR_UNAVAILABLE && err->retry_after_s == 0 ? RETRY_AFTER_S : err->retry_after_s;

    exchange->response->status = error_status(err->kind);
    add_challenge(exchange, err);
    if (retry_after_s > 0)
        http_response_header(exchange->response, "Retry-After", "%lld", (long long)retry_after_s);
}

static void add_detail(struct exchange *exchange, const struct error *err)
{
    struct buf *out = &exchange->response->body;
    const struct buf *faults = &exchange->service->faults.json;

    buf_add_literal(out, "\"detail\":[");
    if (err->kind == ERR_VALIDATION) {
        buf_add(out, faults->data, faults->length);
    } else {
        jsonw_string(out, error_name(err->kind));
        buf_add_char(out, ',');
        jsonw_string(out, err->message);
    }
    buf_add_char(out, ']');
}

static void add_oauth_members(struct exchange *exchange, const struct error *err)
{
    struct buf *out = &exchange->response->body;

    jsonw_key(out, "error");
    jsonw_string(out, error_oauth_code(err->kind));
    jsonw_key(out, "error_description");
    jsonw_string(out, err->message);
    buf_add_char(out, ',');
    http_response_header(exchange->response, "Pragma", "no-cache");
}

/* Refuses a person: nobody is signed in, so the browser goes to the sign-in page; else the refusal is a page. */
static void answer_person(struct exchange *exchange, const struct error *err)
{
    struct error too_long;

    if (err->kind == ERR_SIGN_IN) {
        if (redirect_to(exchange, exchange->sign_in, &too_long) == 0)
            return;
        err = &too_long;
    }
    problem_head(exchange, err);
    show_problem(exchange, err);
}

void problem_answer(struct exchange *exchange, const struct error *err)
{
    struct buf *out = &exchange->response->body;

    buf_reset(out, SIZE_MAX);
    if (exchange->is_for_people) {
        answer_person(exchange, err);
        return;
    }
    problem_head(exchange, err);
    buf_add_char(out, '{');
    if (error_oauth_code(err->kind) != NULL && !route_is_for_callers(exchange->route))
        add_oauth_members(exchange, err);
    add_detail(exchange, err);
    buf_add_char(out, '}');
}
