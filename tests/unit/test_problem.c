#include "http/problem.h"

#include "http/handlers.h"
#include "http/routes.h"
#include "unit.h"

/* Instead of the page. */
void show_problem(struct exchange *exchange, const struct error *err)
{
    buf_add_string(&exchange->response->body, "page: ");
    buf_add_string(&exchange->response->body, err->message);
}

struct fixture {
    struct arena *arena;
    struct service service;
    struct http_response response;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture.arena = arena_open();
    faults_init(&fixture.service.faults);
    http_response_init(&fixture.response);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    http_response_release(&fixture->response);
    faults_release(&fixture->service.faults);
    arena_close(fixture->arena);
    return 0;
}

struct rendered {
    enum route_access access;
    char *authorization; /* of the environment */
    enum error_kind kind;
    int64_t retry_after_s;
    const char *headers;
    const char *body;
};

/* Refuses a request for this route, or for none. */
static void answer(struct fixture *fixture, const struct rendered *refusal, const struct route *route)
{
    char *environment[] = {refusal->authorization, NULL};
    struct http_request request;
    struct exchange exchange = {
        .service = &fixture->service,
        .request = &request,
        .response = &fixture->response,
        .path_routes = route,
        .route = route,
        .is_for_people = refusal->access == ROUTE_FOR_PEOPLE,
    };
    struct error err;

    http_response_reset(&fixture->response);
    buf_add_literal(&fixture->response.body, "what had been written before");
    http_request_init(&request, fixture->arena, environment, (struct http_body_source){.read = NULL});
    error_set(&err, refusal->kind, "Say \"no\".");
    error_retry_after(&err, refusal->retry_after_s);
    problem_answer(&exchange, &err);
}

static void check(struct fixture *fixture, const struct rendered *refusal, size_t index)
{
    const struct buf *headers = &fixture->response.headers;

    assert_case(fixture->response.status == error_status(refusal->kind), index, "the status");
    assert_case(strcmp(headers->length == 0 ? "" : headers->data, refusal->headers) == 0, index, headers->data);
    assert_case(strcmp(fixture->response.body.data, refusal->body) == 0, index, fixture->response.body.data);
}

#define NOTHING "OTHER="
#define BEARER "HTTP_AUTHORIZATION=Bearer x"
#define BASIC "HTTP_AUTHORIZATION=bASIC x"
#define ASKS_BASIC "WWW-Authenticate: Basic realm=\"orgd\"\r\nPragma: no-cache\r\n"
#define DETAIL(name) "{\"detail\":[\"" name "\",\"Say \\\"no\\\".\"]}"
#define OAUTH(code) "{\"error\":\"" code "\",\"error_description\":\"Say \\\"no\\\".\"}"

static void test_forms(void **state)
{
    static const struct rendered cases[] = {
        {ROUTE_FOR_CALLERS, NOTHING, ERR_NOT_FOUND, 0, "", DETAIL("KeyError")},
        {ROUTE_FOR_CALLERS, NOTHING, ERR_UNAUTHORIZED, 0, "WWW-Authenticate: Bearer realm=\"orgd\"\r\n",
         DETAIL("AuthorizationException")},
        {ROUTE_FOR_CALLERS, BEARER, ERR_UNAUTHORIZED, 0,
         "WWW-Authenticate: Bearer realm=\"orgd\", error=\"invalid_token\"\r\n", DETAIL("AuthorizationException")},
        {ROUTE_FOR_CALLERS, BEARER, ERR_INVALID_REQUEST, 0,
         "WWW-Authenticate: Bearer realm=\"orgd\", error=\"invalid_request\"\r\n", DETAIL("ValidationError")},
        {ROUTE_FOR_CALLERS, NOTHING, ERR_UNAVAILABLE, 0, "Retry-After: 2\r\n", DETAIL("ServiceUnavailable")},
        {ROUTE_FOR_CALLERS, NOTHING, ERR_UNAVAILABLE, 9, "Retry-After: 9\r\n", DETAIL("ServiceUnavailable")},
        {ROUTE_FOR_CALLERS, NOTHING, ERR_TOO_MANY, 7, "Retry-After: 7\r\n", DETAIL("TooManyRequests")},
        {ROUTE_FOR_ANYONE, NOTHING, ERR_TOO_LARGE, 0, "", DETAIL("ContentTooLarge")},
        {ROUTE_FOR_ANYONE, NOTHING, ERR_INVALID_REQUEST, 0, "", DETAIL("ValidationError")},
        {ROUTE_FOR_CLIENTS, NOTHING, ERR_INVALID_REQUEST, 0, "Pragma: no-cache\r\n", OAUTH("invalid_request")},
        {ROUTE_FOR_CLIENTS, NOTHING, ERR_SLOW_DOWN, 0, "Pragma: no-cache\r\n", OAUTH("slow_down")},
        {ROUTE_FOR_CLIENTS, NOTHING, ERR_TOO_LARGE, 0, "Pragma: no-cache\r\n", OAUTH("invalid_request")},
        {ROUTE_FOR_CLIENTS, NOTHING, ERR_INTERNAL, 0, "Pragma: no-cache\r\n", OAUTH("server_error")},
        {ROUTE_FOR_CLIENTS, NOTHING, ERR_UNAVAILABLE, 0, "Retry-After: 2\r\nPragma: no-cache\r\n",
         OAUTH("temporarily_unavailable")},
        {ROUTE_FOR_CLIENTS, NOTHING, ERR_INVALID_CLIENT, 0, ASKS_BASIC, OAUTH("invalid_client")},
        {ROUTE_FOR_CLIENTS, BASIC, ERR_INVALID_CLIENT, 0, ASKS_BASIC, OAUTH("invalid_client")},
        {ROUTE_FOR_CLIENTS, BEARER, ERR_INVALID_CLIENT, 0, ASKS_BASIC, OAUTH("invalid_client")},
        {ROUTE_FOR_PEOPLE, NOTHING, ERR_STALE_FORM, 0, "", "page: Say \"no\"."},
        {ROUTE_FOR_PEOPLE, NOTHING, ERR_ACCESS_DENIED, 0, "", "page: Say \"no\"."},
        {ROUTE_FOR_PEOPLE, NOTHING, ERR_UNAVAILABLE, 0, "Retry-After: 2\r\n", "page: Say \"no\"."},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const struct route route = {.access = cases[i].access};

        answer(*state, &cases[i], &route);
        check(*state, &cases[i], i);
    }
}

static void test_no_route(void **state)
{
    static const struct rendered refusal = {ROUTE_FOR_ANYONE, NOTHING, ERR_METHOD, 0, "", DETAIL("MethodNotAllowed")};

    answer(*state, &refusal, NULL);
    check(*state, &refusal, 0);
}

/* Clients of the original API read `detail` where they log in, but only that they are refused. */
static void test_login(void **state)
{
    static const struct rendered cases[] = {
        {ROUTE_FOR_CLIENTS, NOTHING, ERR_INVALID_CLIENT, 0, ASKS_BASIC,
         "{\"error\":\"invalid_client\",\"error_description\":\"Say \\\"no\\\".\","
         "\"detail\":[\"AuthorizationException\",\"Say \\\"no\\\".\"]}"},
        {ROUTE_FOR_CLIENTS, NOTHING, ERR_INVALID_REQUEST, 0, "Pragma: no-cache\r\n", OAUTH("invalid_request")},
    };
    const struct route route = {.access = ROUTE_FOR_CLIENTS, .has_401_detail = true};

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        answer(*state, &cases[i], &route);
        check(*state, &cases[i], i);
    }
}

/* All faults of the input are in one answer; the sentence is only for logs. */
static void test_faults(void **state)
{
    static const struct rendered refusal = {ROUTE_FOR_CALLERS, NOTHING, ERR_VALIDATION, 0, "", "{\"detail\":[{},{}]}"};
    const struct route route = {.access = ROUTE_FOR_CALLERS};
    struct fixture *fixture = *state;

    buf_add_literal(&fixture->service.faults.json, "{},{}");
    answer(fixture, &refusal, &route);
    check(fixture, &refusal, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_no_route),
        cmocka_unit_test(test_login),
        cmocka_unit_test(test_faults),
    };

    return cmocka_run_group_tests_name("problem", tests, set_up, tear_down);
}
