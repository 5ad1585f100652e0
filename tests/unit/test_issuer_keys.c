#include "domain/credentials/issuer_keys.h"

#include <jose/jwk.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/timestamp.h"
#include "fake_http.h"
#include "unit.h"

#define S US_PER_S

/* One issuer behind a web server, and one with a file. Their sets change as a test wants. */
static struct {
    struct fake_http server;
    char path[40];
    struct issuer_settings by_url;
    struct issuer_settings by_file;
    struct issuer_keys *url;
    struct issuer_keys *file;
    struct arena *arena;
} fixture;

static int set_up(void **state)
{
    struct error err;
    int fd;

    (void)state;
    strcpy(fixture.path, "/tmp/orgd-test-jwks-XXXXXX");
    fd = mkstemp(fixture.path);
    if (fd < 0 || close(fd) != 0 || fake_http_start(&fixture.server) != 0 ||
        log_open("test", "none", LOG_LEVEL_ERROR, &err) < 0)
        return -1;
    fixture.by_url =
        (struct issuer_settings){.url = "u", .jwks = fixture.server.url, .jwks_timeout = 1, .jwks_max_age = 600};
    fixture.by_file =
        (struct issuer_settings){.url = "f", .jwks = fixture.path, .jwks_timeout = 1, .jwks_max_age = 600};
    fixture.url = issuer_keys_open(&fixture.by_url);
    fixture.file = issuer_keys_open(&fixture.by_file);
    fixture.arena = arena_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    issuer_keys_close(fixture.url);
    issuer_keys_close(fixture.file);
    fake_http_stop(&fixture.server);
    arena_close(fixture.arena);
    return unlink(fixture.path);
}

/* A set of RSA keys with these kids, separated by blanks. No test looks at the numbers. */
static const char *set_of(const char *kids)
{
    json_t *keys = json_array();
    char *text;
    const char *kept;
    json_t *set = json_pack("{s:o}", "keys", keys);

    while (*kids != '\0') {
        size_t length = strcspn(kids, " ");

        json_array_append_new(keys, json_pack("{s:s, s:s, s:s, s:s, s:s%}", "kty", "RSA", "n", "AQAB", "e", "AQAB", "d",
                                              "private", "kid", kids, length));
        kids += length + strspn(kids + length, " ");
    }
    text = json_dumps(set, JSON_COMPACT);
    kept = arena_strndup(fixture.arena, text, strlen(text));
    free(text);
    json_decref(set);
    return kept;
}

static void write_file(const char *content)
{
    FILE *file = fopen(fixture.path, "w");

    assert_non_null(file);
    fputs(content, file);
    assert_int_equal(fclose(file), 0);
}

static int refresh(struct issuer_keys *keys, int64_t now_us)
{
    struct error err = {.kind = ERR_NONE};
    int64_t start_us = timestamp_monotonic_us();
    int result = issuer_keys_refresh(keys, now_us, &err);

    assert_true(timestamp_monotonic_us() - start_us < 2 * S);
    if (result < 0)
        assert_int_equal(err.kind, ERR_UNAVAILABLE);
    return result;
}

/* As for one request. */
static bool has(struct issuer_keys *keys, const char *kid, int64_t now_us)
{
    return refresh(keys, now_us) == 0 && issuer_keys_find(keys, "RS256", kid, now_us) != NULL;
}

static void test_only_public_parts(void **state)
{
    const json_t *key;

    (void)state;
    fixture.server.body = set_of("a");
    assert_int_equal(refresh(fixture.url, S), 0);
    key = issuer_keys_find(fixture.url, "RS256", "a", S);
    assert_non_null(key);
    assert_null(json_object_get(key, "d"));
    assert_string_equal(json_string_value(json_object_get(key, "n")), "AQAB");
}

static void test_which_key(void **state)
{
    static const struct {
        const char *set;
        const char *kid;
        const char *algorithm;
        bool is_found;
    } cases[] = {
        {"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\"},{\"kty\":\"RSA\",\"kid\":\"b\"}]}", "a", "RS256", true},
        {"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\"},{\"kty\":\"RSA\",\"kid\":\"b\"}]}", "c", "RS256", false},
        {"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\"},{\"kty\":\"RSA\",\"kid\":\"b\"}]}", "", "RS256", false},
        {"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\"},{\"kty\":\"RSA\",\"kid\":\"b\"}]}", NULL, "RS256", false},
        {"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\"}]}", NULL, "RS256", true},
        {"{\"keys\":[{\"kty\":\"RSA\"}]}", NULL, "RS256", true},
        {"{\"keys\":[{\"kty\":\"RSA\"}]}", "a", "RS256", false},
        {"{\"keys\":[{\"kty\":\"RSA\",\"kid\":7}]}", "7", "RS256", false},
        {"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\"}]}", "a", "ES256", false},
        {"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\"}]}", "a", "HS256", false},
        {"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"use\":\"enc\"}]}", "a", "RS256", false},
        {"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"use\":\"enc\"},{\"kty\":\"RSA\",\"kid\":\"b\"}]}", NULL, "RS256",
         true},
        {"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\"},{\"kty\":\"RSA\",\"kid\":\"a\"}]}", "a", "ES256",
         true},
        {"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\"},{\"kty\":\"RSA\",\"kid\":\"a\"}]}", "a", "RS256", false},
        {"{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AAAA\"}]}", "a", "HS256", false},
        {"{\"keys\":[7,null,\"a\",[],{\"kty\":\"RSA\",\"kid\":\"a\"}]}", "a", "RS256", true},
        {"{\"keys\":[]}", "a", "RS256", false},
        {"{\"keys\":[]}", NULL, "RS256", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct issuer_keys *keys = issuer_keys_open(&fixture.by_url);

        fixture.server.body = cases[i].set;
        assert_int_equal(refresh(keys, S), 0);
        assert_case((issuer_keys_find(keys, cases[i].algorithm, cases[i].kid, S) != NULL) == cases[i].is_found, i,
                    cases[i].set);
        issuer_keys_close(keys);
    }
}

static void test_documents_that_are_no_set(void **state)
{
    static const char *const documents[] = {
        "",
        "{",
        "{}",
        "[]",
        "null",
        "{\"keys\":{}}",
        "{\"keys\":\"a\"}",
        "{\"keys\":[],\"keys\":[]}",
        "<html>",
        "{\"keys\":[]} x",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(documents); i++) {
        struct issuer_keys *keys = issuer_keys_open(&fixture.by_url);

        fixture.server.body = documents[i];
        assert_case(refresh(keys, S) == -1, i, documents[i]);
        issuer_keys_close(keys);
        write_file(documents[i]);
        keys = issuer_keys_open(&fixture.by_file);
        assert_case(refresh(keys, S) == -1, i, documents[i]);
        issuer_keys_close(keys);
    }
}

/* Fetched once, and again after max_age, but a new generation only if the keys are others. */
static void test_age(void **state)
{
    int64_t generation;

    (void)state;
    fixture.server.body = set_of("a");
    assert_true(has(fixture.url, "a", S));
    generation = issuer_keys_generation(fixture.url);
    assert_true(has(fixture.url, "a", 600 * S));
    assert_int_equal(fixture.server.requests, 1);
    assert_true(has(fixture.url, "a", 601 * S));
    assert_int_equal(fixture.server.requests, 2);
    assert_int_equal(issuer_keys_generation(fixture.url), generation);

    fixture.server.body = set_of("b");
    assert_false(has(fixture.url, "a", 1201 * S));
    assert_int_equal(issuer_keys_generation(fixture.url), generation + 1);
    assert_true(has(fixture.url, "b", 1201 * S));
}

/* A client that sends unknown kids makes the service ask at most every 30 seconds. */
static void test_unknown_kid(void **state)
{
    (void)state;
    fixture.server.body = set_of("a");
    assert_true(has(fixture.url, "a", S));
    fixture.server.body = set_of("a b");
    assert_false(has(fixture.url, "b", 30 * S));
    assert_int_equal(fixture.server.requests, 1);
    assert_true(has(fixture.url, "b", 32 * S));
    assert_int_equal(fixture.server.requests, 2);
    for (int i = 0; i < 29; i++)
        assert_false(has(fixture.url, "c", (33 + i) * S));
    assert_int_equal(fixture.server.requests, 2);
    assert_false(has(fixture.url, "c", 64 * S));
    assert_int_equal(fixture.server.requests, 3);
}

/* The pause after each failure is 1, 2, 4 … seconds, 300 at most. Without keys, requests fail at once meanwhile. */
static void test_back_off(void **state)
{
    static const int pauses_s[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300};
    int64_t now_us = 1000 * S;

    (void)state;
    fixture.server.head = "HTTP/1.1 500 Internal Server Error\r\n";
    for (size_t i = 0; i < ARRAY_LENGTH(pauses_s); i++) {
        int before = fixture.server.requests;

        assert_int_equal(refresh(fixture.url, now_us), -1);
        assert_int_equal(fixture.server.requests, before + 1);
        assert_int_equal(refresh(fixture.url, now_us + pauses_s[i] * S - S / 2), -1);
        assert_int_equal(fixture.server.requests, before + 1);
        now_us += pauses_s[i] * S + S / 2;
    }
    fixture.server.head = "HTTP/1.1 200 OK\r\n";
    fixture.server.body = set_of("a");
    assert_true(has(fixture.url, "a", now_us));

    /* After a success, the pauses begin with one second again. */
    fixture.server.head = "HTTP/1.1 500 Internal Server Error\r\n";
    now_us += 600 * S;
    assert_true(has(fixture.url, "a", now_us));
    fixture.server.head = "HTTP/1.1 200 OK\r\n";
    fixture.server.body = set_of("b");
    assert_false(has(fixture.url, "b", now_us + S / 2));
    assert_true(has(fixture.url, "b", now_us + 2 * S));
}

static void test_stale_keys_stay(void **state)
{
    static const struct {
        enum fake_http_manner manner;
        const char *head;
        const char *body;
    } cases[] = {
        {FAKE_HTTP_ANSWERS, "HTTP/1.1 503 Service Unavailable\r\n", ""},
        {FAKE_HTTP_ANSWERS, "HTTP/1.1 302 Found\r\nLocation: /\r\n", ""},
        {FAKE_HTTP_ANSWERS, "HTTP/1.1 200 OK\r\n", "<html>maintenance</html>"},
        {FAKE_HTTP_HANGS, "", ""},
        {FAKE_HTTP_DRIPS, "HTTP/1.1 200 OK\r\n", ""},
    };
    int64_t generation;

    (void)state;
    fixture.server.body = set_of("a");
    assert_true(has(fixture.url, "a", S));
    generation = issuer_keys_generation(fixture.url);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        int64_t now_us = (int64_t)(1000 * (i + 1)) * S;
        int before = fixture.server.requests;

        fixture.server.manner = cases[i].manner;
        fixture.server.head = cases[i].head;
        fixture.server.body = cases[i].body;
        assert_case(has(fixture.url, "a", now_us), i, "forgotten");
        assert_case(has(fixture.url, "a", now_us), i, "forgotten");
        /* One request asks once, whatever it wants. */
        assert_case(!has(fixture.url, "unknown", now_us), i, "found");
        assert_int_equal(fixture.server.requests, before + 1);
    }
    assert_int_equal(issuer_keys_generation(fixture.url), generation);
}

/* A set without keys is not the same as no answer. */
static void test_empty_set(void **state)
{
    (void)state;
    fixture.server.body = set_of("a");
    assert_true(has(fixture.url, "a", S));
    fixture.server.body = set_of("");
    assert_false(has(fixture.url, "a", 700 * S));
    assert_int_equal(refresh(fixture.url, 700 * S), 0);
}

static void test_too_long(void **state)
{
    char *long_set = arena_printf(fixture.arena, "{\"keys\":[]%*s}", 256 * 1024, "");

    (void)state;
    fixture.server.body = long_set;
    assert_int_equal(refresh(fixture.url, S), -1);
    write_file(long_set);
    assert_int_equal(refresh(fixture.file, S), -1);
    long_set = arena_printf(fixture.arena, "{\"keys\":[]%*s}", 256 * 1024 - 11, "");
    fixture.server.body = long_set;
    assert_int_equal(refresh(fixture.url, 10 * S), 0);
    write_file(long_set);
    assert_int_equal(refresh(fixture.file, 10 * S), 0);
}

/* The file is looked at once a second; a broken one leaves the keys as they are. */
static void test_file(void **state)
{
    int64_t generation;

    (void)state;
    write_file(set_of("a"));
    assert_true(has(fixture.file, "a", S));
    generation = issuer_keys_generation(fixture.file);
    write_file(set_of("a b"));
    assert_false(has(fixture.file, "b", S + S / 2));
    assert_true(has(fixture.file, "b", 2 * S));
    assert_true(has(fixture.file, "a", 2 * S));
    assert_int_equal(issuer_keys_generation(fixture.file), generation + 1);

    write_file("{\"keys\":[");
    assert_true(has(fixture.file, "b", 4 * S));
    assert_int_equal(unlink(fixture.path), 0);
    assert_true(has(fixture.file, "b", 6 * S));
    write_file(set_of("c"));
    assert_true(has(fixture.file, "c", 8 * S)); /* no back-off here */
    assert_false(has(fixture.file, "b", 8 * S));
}

static void test_file_that_is_none(void **state)
{
    static const char *const none[] = {"/nonexistent/jwks.json", "/dev/zero", "/tmp"};
    struct issuer_settings issuer = {.url = "f"};
    struct issuer_keys *keys = issuer_keys_open(&issuer);

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(none); i++) {
        issuer.jwks = none[i];
        assert_case(refresh(keys, (int64_t)(1 + 2 * i) * S) == -1, i, none[i]);
    }
    issuer_keys_close(keys);
}

/* Opening it would wait for somebody to write. */
static void test_file_that_is_a_pipe(void **state)
{
    struct issuer_settings issuer = {.url = "f", .jwks = fixture.path};
    struct issuer_keys *keys = issuer_keys_open(&issuer);

    (void)state;
    assert_int_equal(unlink(fixture.path), 0);
    assert_int_equal(mkfifo(fixture.path, 0600), 0);
    assert_int_equal(refresh(keys, S), -1);
    assert_int_equal(unlink(fixture.path), 0);
    write_file(set_of("a"));
    assert_true(has(keys, "a", 3 * S));
    issuer_keys_close(keys);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_only_public_parts),
        TEST(test_which_key),
        TEST(test_documents_that_are_no_set),
        TEST(test_age),
        TEST(test_unknown_kid),
        TEST(test_back_off),
        TEST(test_stale_keys_stay),
        TEST(test_empty_set),
        TEST(test_too_long),
        TEST(test_file),
        TEST(test_file_that_is_none),
        TEST(test_file_that_is_a_pipe),
    };

    return cmocka_run_group_tests_name("issuer_keys", tests, NULL, NULL);
}
