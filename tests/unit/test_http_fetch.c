#include "web/http_fetch.h"

#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>

#include "base/timestamp.h"
#include "fake_http.h"
#include "unit.h"

#define MAXIMUM 1000

/* Older versions of libcurl wait for a resolver in any case. */
#if LIBCURL_VERSION_NUM >= 0x075700
#define LONGEST_US (2 * US_PER_S)
#else
#define LONGEST_US (8 * US_PER_S)
#endif

static struct fake_http server;

/* In place of the C library's, for libcurl's resolving thread. */
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's names are reserved ones */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

    if (node != NULL && strcmp(node, "slow.example") == 0) {
        sleep(6);
        return EAI_AGAIN;
    }
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(node, service, hints, result);
}

static int set_up(void **state)
{
    struct buf *out = malloc(sizeof(*out));

    buf_init(out, MAXIMUM);
    *state = out;
    return fake_http_start(&server);
}

static int tear_down(void **state)
{
    fake_http_stop(&server);
    buf_release(*state);
    free(*state);
    return 0;
}

static int fetch(void **state, const char *url, struct error *err)
{
    int64_t start_us = timestamp_monotonic_us();
    int result;

    buf_reset(*state, MAXIMUM);
    result = http_fetch(url, 1, *state, err);
    assert_true(timestamp_monotonic_us() - start_us < LONGEST_US);
    if (result < 0)
        assert_int_equal(err->kind, ERR_UNAVAILABLE);
    return result;
}

static void test_document(void **state)
{
    struct buf *out = *state;
    struct error err;

    server.body = "{\"keys\":[]}";
    assert_int_equal(fetch(state, server.url, &err), 0);
    assert_string_equal(out->data, "{\"keys\":[]}");
    assert_memory_equal(server.request, "GET /jwks HTTP/1.1\r\n", 20);
    assert_non_null(strstr(server.request, "User-Agent: orgd/"));
    server.body = "";
    assert_int_equal(fetch(state, server.url, &err), 0);
    assert_int_equal(out->length, 0);
}

/* Shows: API7. */
static void test_other_answers(void **state)
{
    static const struct {
        const char *head;
        const char *message;
    } cases[] = {
        {"HTTP/1.1 204 No Content\r\n", "the answer has the status 204"},
        {"HTTP/1.1 301 Moved Permanently\r\nLocation: /jwks\r\n", "the answer has the status 301"},
        {"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n", "the answer has the status 302"},
        {"HTTP/1.1 404 Not Found\r\n", "the answer has the status 404"},
        {"HTTP/1.1 503 Service Unavailable\r\n", "the answer has the status 503"},
    };
    struct error err;

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        int before = server.requests;

        server.head = cases[i].head;
        assert_case(fetch(state, server.url, &err) == -1, i, "accepted");
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(server.requests, before + 1); /* no redirect was followed */
    }
    server.head = "nonsense\r\n";
    assert_int_equal(fetch(state, server.url, &err), -1);
}

static void test_length(void **state)
{
    static char body[MAXIMUM + 2];
    struct error err;

    memset(body, 'x', MAXIMUM);
    server.body = body;
    assert_int_equal(fetch(state, server.url, &err), 0);
    body[MAXIMUM] = 'x';
    assert_int_equal(fetch(state, server.url, &err), -1);
    assert_string_equal(err.message, "the answer is longer than 1000 bytes");
}

/* What is cut off is no document, even if it looks whole. */
static void test_cut_off(void **state)
{
    struct error err;

    server.manner = FAKE_HTTP_CUTS;
    server.body = "{\"keys\":[]}";
    assert_int_equal(fetch(state, server.url, &err), -1);
}

static void test_time(void **state)
{
    struct error err;

    server.manner = FAKE_HTTP_HANGS;
    assert_int_equal(fetch(state, server.url, &err), -1);
    server.manner = FAKE_HTTP_DRIPS;
    assert_int_equal(fetch(state, server.url, &err), -1);
}

static void test_name_server_that_does_not_answer(void **state)
{
    struct error err;

    assert_int_equal(fetch(state, "http://slow.example/", &err), -1);
    assert_non_null(strstr(err.message, "timed out"));
}

static void test_nobody_listens(void **state)
{
    struct error err;

    assert_int_equal(fetch(state, "http://127.0.0.1:1/", &err), -1);
    assert_int_equal(fetch(state, "file:///etc/passwd", &err), -1);
    assert_int_equal(fetch(state, "", &err), -1);
}

static void test_proxies_of_the_environment(void **state)
{
    struct error err;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    assert_int_equal(fetch(state, server.url, &err), 0);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_document),       TEST(test_other_answers),
        TEST(test_length),         TEST(test_cut_off),
        TEST(test_time),           TEST(test_name_server_that_does_not_answer),
        TEST(test_nobody_listens), TEST(test_proxies_of_the_environment),
    };

    return cmocka_run_group_tests_name("http_fetch", tests, NULL, NULL);
}
