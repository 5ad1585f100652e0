#include "problem.h"

#include "base/jsonw.h"
#include "domain/credentials/bearer.h"
#include "domain/events/refusal.h"
#include "handlers.h"
#include "process/counters.h"
#include "redirect.h"
#include "routes.h"

#define RETRY_AFTER_S 2

/* True at OAuth's endpoints, whatever the method. */
static bool is_for_clients(const struct exchange *exchange)
{
    return exchange->path_routes != NULL && exchange->path_routes->access == ROUTE_FOR_CLIENTS;
}

static bool is_credential_refused(const struct exchange *exchange, const struct error *err)
{
    return err->kind == ERR_UNAUTHORIZED && bearer_is_sent(http_request_authorization(exchange->request));
}

/* Asks for a credential. A client of the authorization server is asked for its secret, by the one scheme that takes it
 * in a header (RFC 6749, 2.3.1 and 5.2). A caller of the API is asked for a bearer credential, with the reason if it
 * sent one (RFC 6750, 3). */
static void add_challenge(struct exchange *exchange, const struct error *err)
{
    const char *scheme = is_for_clients(exchange) ? "Basic" : "Bearer";
    const char *reason = "";

    if (err->kind == ERR_INVALID_REQUEST && route_is_for_callers(exchange->route))
        reason = ", error=\"invalid_request\"";
    else if (is_credential_refused(exchange, err))
        reason = ", error=\"invalid_token\"";
    else if (error_status(err->kind) != 401)
        return;
    http_response_header(exchange->response, "WWW-Authenticate", "%s realm=\"orgd\"%s", scheme, reason);
}

/* What the domain has not noted, since it does not see it. */
static void note_refusal(const struct exchange *exchange, const struct error *err)
{
    if (is_credential_refused(exchange, err)) {
        refusal_note_credential(&exchange->call, &exchange->call.caller.credential);
        counters_add(COUNTER_REFUSED_CREDENTIAL, 1);
    } else if (err->kind == ERR_INVALID_CLIENT) {
        if (exchange->refusal.kind == REFUSAL_NONE)
            refusal_note(&exchange->call, &(struct refusal){.kind = REFUSAL_CLIENT});
        counters_add(COUNTER_REFUSED_CLIENT, 1);
    }
}

void problem_head(struct exchange *exchange, const struct error *err)
{
    int64_t retry_after_s =
        err->kind == ERR_UNAVAILABLE && err->retry_after_s == 0 ? RETRY_AFTER_S : err->retry_after_s;

    exchange->response->status = error_status(err->kind);
    add_challenge(exchange, err);
    note_refusal(exchange, err);
    if (retry_after_s > 0)
        http_response_header(exchange->response, "Retry-After", "%lld", (long long)retry_after_s);
}

void problem_write_detail(struct buf *out, const struct error *err)
{
    buf_add_literal(out, "\"detail\":[");
    jsonw_string(out, error_name(err->kind));
    buf_add_char(out, ',');
    jsonw_string(out, err->message);
    buf_add_char(out, ']');
}

static void add_detail(struct exchange *exchange, const struct error *err)
{
    struct buf *out = &exchange->response->body;
    const struct buf *faults = &exchange->service->faults.json;

    if (err->kind != ERR_VALIDATION) {
        problem_write_detail(out, err);
        return;
    }
    buf_add_literal(out, "\"detail\":[");
    buf_add(out, faults->data, faults->length);
    buf_add_char(out, ']');
}

/* RFC 6749, 5.2: these two members and no others, because strict clients break on any other. Clients of the original
 * API read `detail` where they log in. */
static void add_oauth_members(struct exchange *exchange, const struct error *err)
{
    struct buf *out = &exchange->response->body;

    jsonw_key(out, "error");
    jsonw_string(out, error_oauth_code(err->kind));
    jsonw_key(out, "error_description");
    jsonw_string(out, err->message);
    http_response_header(exchange->response, "Pragma", "no-cache");
    if (exchange->path_routes->has_401_detail && error_status(err->kind) == 401) {
        buf_add_char(out, ',');
        add_detail(exchange, err);
    }
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
    exchange->response->content_type = NULL;
    exchange->response->has_no_length = false;
    if (exchange->is_for_people) {
        answer_person(exchange, err);
        return;
    }
    problem_head(exchange, err);
    buf_add_char(out, '{');
    if (is_for_clients(exchange))
        add_oauth_members(exchange, err);
    else
        add_detail(exchange, err);
    buf_add_char(out, '}');
}
