#include "web/http_response.h"

#include "unit.h"

static int set_up(void **state)
{
    static struct http_response response;

    http_response_init(&response);
    *state = &response;
    return 0;
}

static int tear_down(void **state)
{
    http_response_release(*state);
    return 0;
}

static void assert_written(const struct http_response *response, enum http_method method, const char *expected)
{
    struct buf out;

    buf_init(&out, 100000);
    http_response_write(response, method, &out);
    assert_string_equal(out.data, expected);
    buf_release(&out);
}

static void test_write(void **state)
{
    struct http_response *response = *state;

    http_response_header(response, "ETag", "\"%d\"", 7);
    buf_add_literal(&response->body, "{\"a\":1}");
    assert_written(
        response, HTTP_GET,
        "Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\nETag: \"7\"\r\n\r\n{\"a\":1}");
    /* The same for HEAD, without the body. */
    assert_written(response, HTTP_HEAD,
                   "Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\nETag: \"7\"\r\n\r\n");
}

/* Whoever sends the rest of the body writes its length. */
static void test_write_without_a_length(void **state)
{
    struct http_response *response = *state;

    buf_add_literal(&response->body, "a,b");
    response->content_type = "text/csv";
    response->has_no_length = true;
    assert_written(response, HTTP_GET, "Status: 200 OK\r\nContent-Type: text/csv\r\n\r\na,b");
    http_response_reset(response);
    assert_written(response, HTTP_GET, "Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n");
}

static void test_write_empty(void **state)
{
    assert_written(*state, HTTP_GET, "Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n");
}

static void test_statuses_without_a_body(void **state)
{
    struct http_response *response = *state;

    buf_add_literal(&response->body, "left over");
    response->status = 204;
    assert_written(response, HTTP_OPTIONS, "Status: 204 No Content\r\n\r\n");
    response->status = 304;
    assert_written(response, HTTP_GET, "Status: 304 Not Modified\r\n\r\n");
}

/* Every status of the error table has its reason, so that no web server has to invent one. */
static void test_reasons(void **state)
{
    static const struct {
        int status;
        const char *line;
    } cases[] = {
        {400, "Status: 400 Bad Request\r\n"},
        {401, "Status: 401 Unauthorized\r\n"},
        {403, "Status: 403 Forbidden\r\n"},
        {303, "Status: 303 See Other\r\n"},
        {404, "Status: 404 Not Found\r\n"},
        {405, "Status: 405 Method Not Allowed\r\n"},
        {408, "Status: 408 Request Timeout\r\n"},
        {409, "Status: 409 Conflict\r\n"},
        {412, "Status: 412 Precondition Failed\r\n"},
        {413, "Status: 413 Content Too Large\r\n"},
        {415, "Status: 415 Unsupported Media Type\r\n"},
        {422, "Status: 422 Unprocessable Content\r\n"},
        {429, "Status: 429 Too Many Requests\r\n"},
        {500, "Status: 500 Internal Server Error\r\n"},
        {503, "Status: 503 Service Unavailable\r\n"},
    };
    struct http_response *response = *state;

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct buf out;

        response->status = cases[i].status;
        buf_init(&out, 1000);
        http_response_write(response, HTTP_GET, &out);
        assert_case(strncmp(out.data, cases[i].line, strlen(cases[i].line)) == 0, i, out.data);
        buf_release(&out);
    }
    for (enum error_kind kind = ERR_NONE + 1; kind <= ERR_UNAVAILABLE; kind++) {
        bool has_reason = false;

        for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
            has_reason |= cases[i].status == error_status(kind);
        assert_case(has_reason, kind, "a status of errors.def is not in this test's table");
    }
}

/* Header injection: a value that could end its line takes the whole header with it. */
/* Shows: V5.2.6, V5.3.3. */
static void test_headers_with_control_characters(void **state)
{
    static const char *const bad[] = {"a\r\nSet-Cookie: b", "a\nb", "a\rb", "\tb", "a\x7f", "\x01"};
    struct http_response *response = *state;

    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        http_response_header(response, "X-Bad", "%s", bad[i]);
    http_response_header(response, "X-Good", "%s", "Zürich, \"quoted\"");
    assert_string_equal(response->headers.data, "X-Good: Zürich, \"quoted\"\r\n");
}

static void test_header_lengths(void **state)
{
    struct http_response *response = *state;
    char value[8193];

    memset(value, 'v', sizeof(value));
    value[8192] = '\0';
    http_response_header(response, "A", "%s", value);
    assert_int_equal(response->headers.length, 0);
    value[8191] = '\0';
    http_response_header(response, "A", "%s", value);
    assert_int_equal(response->headers.length, 8191 + 5);
}

static void test_reset(void **state)
{
    struct http_response *response = *state;

    response->status = 404;
    response->content_type = "text/plain";
    http_response_header(response, "A", "b");
    buf_add_literal(&response->body, "gone");
    http_response_reset(response);
    test_write_empty(state);
}

static void test_content_type(void **state)
{
    struct http_response *response = *state;

    response->content_type = "text/plain";
    assert_written(response, HTTP_GET, "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n");
}

static void test_etags(void **state)
{
    static const struct {
        const char *header;
        bool weakly;
        bool strongly;
    } cases[] = {
        {"\"5\"", true, true},
        {"*", true, true},
        {" * ", true, true},
        {"\"4\"", false, false},
        {"\"4\", \"5\"", true, true},
        {"\"4\",\"5\",\"6\"", true, true},
        {",, \"5\" ,", true, true},
        {"W/\"5\"", true, false},
        {"W/\"5\", \"5\"", true, true},
        {"W/\"4\", W/\"6\"", false, false},
        {"\"55\"", false, false},
        {"\"5", false, false},
        {"5", false, false},
        {"\"5\"x", false, false},
        {"\"a, \\\"5\\\"\"", false, false},
        {"\"4, 5\"", false, false},
        {"\"x\"\"5\"", true, true}, /* a missing comma is forgiven */
        {"", false, false},
        {"garbage, \"5\"", true, true},
        {"\"5-gzip\"", true, true},
        {"W/\"5-br\"", true, false},
        {"\"5-gzip", false, false},
        {"\"55-gzip\"", false, false},
        {"\"5;1.77\"", false, true},
        {"\"5;1.77-gzip\"", false, true},
        {"\"5;1.77", false, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_case(http_etag_matches(cases[i].header, "\"5\"", HTTP_IF_NONE_MATCH) == cases[i].weakly, i,
                    cases[i].header);
        assert_case(http_etag_matches(cases[i].header, "\"5\"", HTTP_IF_MATCH) == cases[i].strongly, i,
                    cases[i].header);
        assert_case(http_etag_matches(cases[i].header, "\"5\"", HTTP_IF_NONE_MATCH_TO_WRITE) ==
                        (cases[i].weakly || cases[i].strongly),
                    i, cases[i].header);
    }
}

static void test_not_modified(void **state)
{
    static const struct {
        char *header;
        int status;
        int expected;
    } cases[] = {
        {"HTTP_IF_NONE_MATCH=\"5\"", 200, 304}, {"HTTP_IF_NONE_MATCH=W/\"5\"", 200, 304},
        {"HTTP_IF_NONE_MATCH=*", 200, 304},     {"HTTP_IF_NONE_MATCH=\"6\"", 200, 200},
        {"HTTP_IF_NONE_MATCH=\"5\"", 404, 404}, {"HTTP_IF_MATCH=\"5\"", 200, 200},
    };
    struct arena *arena = arena_open();

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char *environment[] = {"REQUEST_METHOD=GET", cases[i].header, NULL};
        struct http_response *response = *state;
        struct http_request request;

        http_request_init(&request, arena, environment, (struct http_body_source){NULL, NULL});
        http_response_reset(response);
        response->status = cases[i].status;
        buf_add_literal(&response->body, "body");
        http_response_not_modified(response, &request, "\"5\"");
        assert_int_equal(response->status, cases[i].expected);
        assert_int_equal(response->body.length, cases[i].expected == 304 ? 0 : 4);
    }
    arena_close(arena);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_write),          TEST(test_write_without_a_length),
        TEST(test_write_empty),    TEST(test_statuses_without_a_body),
        TEST(test_reasons),        TEST(test_headers_with_control_characters),
        TEST(test_header_lengths), TEST(test_reset),
        TEST(test_content_type),   TEST(test_etags),
        TEST(test_not_modified),
    };

    return cmocka_run_group_tests_name("http_response", tests, NULL, NULL);
}
