#include "web/http_request.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "unit.h"

static void init(struct http_request *request, struct arena *arena, char *const *environment)
{
    http_request_init(request, arena, environment, (struct http_body_source){NULL, NULL});
}

/* The segments, each in brackets. */
static const char *shown_segments(struct arena *arena, const struct http_request *request)
{
    const char *shown = "";

    for (size_t i = 0; i < request->segment_count; i++)
        shown = arena_printf(arena, "%s[%.*s]", shown, (int)request->segments[i].length, request->segments[i].data);
    return request->names_nothing ? arena_printf(arena, "%snothing", shown) : shown;
}

/* The raw URI counts where it agrees with PATH_INFO, so that %2F survives; else PATH_INFO. */
static void test_segments(void **state)
{
    static const struct {
        const char *script_name;
        const char *path_info;
        const char *request_uri;
        const char *segments;
    } cases[] = {
        {"", "/organizations", "/organizations", "[organizations]"},
        {"", "/organizations/", "/organizations/", "[organizations]"},
        {"", "/organizations/Acme", "/organizations/Acme?limit=1", "[organizations][Acme]"},
        {"", "/organizations/R&D/Berlin", "/organizations/R%26D%2FBerlin", "[organizations][R&D/Berlin]"},
        {"", "/organizations/a%2Fb", "/organizations/a%252Fb", "[organizations][a%2Fb]"},
        {"", "/organizations/100%", "/organizations/100%25", "[organizations][100%]"},
        {"", "/organizations/100%25", "/organizations/100%2525", "[organizations][100%25]"},
        {"", "/organizations/a+b c", "/organizations/a+b%20c", "[organizations][a+b c]"},
        {"", "/organizations/what?", "/organizations/what%3F?x=/y", "[organizations][what?]"},
        {"", "/organizations/Zürich", "/organizations/Z%C3%BCrich", "[organizations][Zürich]"},
        {"", "/organizations/Acme/", "/organizations/Acme%2F",
         "[organizations][Acme/]"}, /* its last slash is the name's */
        {"", "/organizations/Acme", "//organizations//Acme", "[organizations][Acme]"},
        {"", "/organizations/Acme", "http://example.org/organizations/Acme", "[organizations][Acme]"},
        {"", "/", "http://example.org", ""},
        {"", "/", "/", ""},
        {"", "", "", ""},
        {"", "/organizations/x", "/organizations/y", "[organizations][x]"}, /* a rewrite */
        {"", "/organizations/a/b", "/rewritten/a%2Fb", "[organizations][a][b]"},
        {"", "/organizations/x", "", "[organizations][x]"},     /* no REQUEST_URI */
        {"", "/organizations/%41", "", "[organizations][%41]"}, /* is not decoded a second time */
        {"/api/v1", "/organizations", "/api/v1/organizations", "[organizations]"},
        {"/api/v1", "/organizations/a/b", "/api/v1/organizations/a%2Fb", "[organizations][a/b]"},
        {"/api/v1", "/organizations/a/b", "/api//v1/organizations/a%2Fb", "[organizations][a/b]"},
        {"/api/v1", "/organizations/a/b", "/%61pi/v1/organizations/a%2Fb", "[organizations][a/b]"},
        {"/api/v1", "/organizations/a/b", "/other/organizations/a%2Fb", "[organizations][a][b]"},
        {"/api v1", "/organizations/a/b", "/api%20v1/organizations/a%2Fb", "[organizations][a/b]"},
        {"/api/v1", "", "/api/v1", ""},
        {"/api/v1", "/", "/api/v1/", ""},
        {"/api/v1", "0/organizations", "/api/v10/organizations", "nothing"},
        {"", "/1/2/3/4/5/6/7/8", "/1/2/3/4/5/6/7/8", "[1][2][3][4][5][6][7][8]"},
        {"", "/1/2/3/4/5/6/7/8/9", "/1/2/3/4/5/6/7/8/9", "nothing"},
        {"", "/organizations/../health", "/organizations/../health", "[health]"},
        {"", "/health", "/organizations/../health", "[health]"},
        {"", "/../../health", "/../../health", "[health]"},
        {"", "/organizations/./Acme", "/organizations/./Acme", "[organizations][Acme]"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char *environment[] = {
            arena_printf(*state, "SCRIPT_NAME=%s", cases[i].script_name),
            arena_printf(*state, "PATH_INFO=%s", cases[i].path_info),
            arena_printf(*state, "REQUEST_URI=%s", cases[i].request_uri),
            NULL,
        };
        struct http_request request;
        const char *shown;

        init(&request, *state, environment);
        shown = shown_segments(*state, &request);
        assert_case(strcmp(shown, cases[i].segments) == 0, i,
                    arena_printf(*state, "%s -> %s", cases[i].request_uri, shown));
    }
}

static void test_no_path_at_all(void **state)
{
    char *environment[] = {NULL};
    struct http_request request;

    init(&request, *state, environment);
    assert_int_equal(request.segment_count, 0);
    assert_string_equal(request.mount, "");
    assert_int_equal(request.method, HTTP_OTHER);
    assert_int_equal(request.query.count, 0);
}

static void test_thousands_of_segments(void **state)
{
    char *slashes = arena_zalloc(*state, 60001);
    struct http_request request;
    char *environment[3] = {NULL};

    for (size_t i = 0; i < 60000; i++)
        slashes[i] = i % 2 == 0 ? '/' : 'x';
    environment[0] = arena_printf(*state, "PATH_INFO=%s", slashes);
    environment[1] = arena_printf(*state, "REQUEST_URI=%s", slashes);
    init(&request, *state, environment);
    assert_true(request.names_nothing);
}

static void test_mount(void **state)
{
    static const struct {
        const char *script_name;
        const char *mount;
    } cases[] = {
        {"", ""},
        {"/", ""},
        {"/api/v1", "/api/v1"},
        {"/api/v1/", "/api/v1"},
        {"//api//v1", "/api/v1"},
        {"/a b/ü", "/a%20b/%C3%BC"},
        {"/a\"<>\r\nb", "/a%22%3C%3E%0D%0Ab"}, /* it goes into headers and links */
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char *environment[] = {arena_printf(*state, "SCRIPT_NAME=%s", cases[i].script_name), NULL};
        struct http_request request;

        init(&request, *state, environment);
        assert_string_equal(request.mount, cases[i].mount);
    }
}

static void test_variables(void **state)
{
    char *environment[] = {"EMPTY=", "LONGER_NAME=x", "NAME=a=b", "NAME=second", "NOEQUALS", NULL};
    struct http_request request;

    init(&request, *state, environment);
    assert_string_equal(http_request_variable(&request, "NAME"), "a=b");
    assert_string_equal(http_request_variable(&request, "LONGER_NAME"), "x");
    assert_null(http_request_variable(&request, "LONGER"));
    assert_null(http_request_variable(&request, "EMPTY"));
    assert_null(http_request_variable(&request, "NOEQUALS"));
    assert_null(http_request_variable(&request, "name"));
}

static void test_methods(void **state)
{
    static const struct {
        char *variable;
        enum http_method method;
    } cases[] = {
        {"REQUEST_METHOD=GET", HTTP_GET},         {"REQUEST_METHOD=HEAD", HTTP_HEAD},
        {"REQUEST_METHOD=POST", HTTP_POST},       {"REQUEST_METHOD=PUT", HTTP_PUT},
        {"REQUEST_METHOD=PATCH", HTTP_PATCH},     {"REQUEST_METHOD=DELETE", HTTP_DELETE},
        {"REQUEST_METHOD=OPTIONS", HTTP_OPTIONS}, {"REQUEST_METHOD=get", HTTP_OTHER}, /* methods have a case */
        {"REQUEST_METHOD=GETX", HTTP_OTHER},      {"REQUEST_METHOD=TRACE", HTTP_OTHER},
        {"REQUEST_METHOD=", HTTP_OTHER},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char *environment[] = {cases[i].variable, NULL};
        struct http_request request;

        init(&request, *state, environment);
        assert_int_equal(request.method, cases[i].method);
    }
}

static void test_matching(void **state)
{
    static const struct {
        char *path;
        const char *pattern;
        const char *parameter; /* NULL: no match */
    } cases[] = {
        {"PATH_INFO=/organizations", "/organizations", ""},
        {"PATH_INFO=/organizations/", "/organizations", ""},
        {"PATH_INFO=/organizations", "/organizations/{id}", NULL},
        {"PATH_INFO=/organizations/Acme", "/organizations/{id}", "Acme"},
        {"PATH_INFO=/organizations/Acme", "/organizations", NULL},
        {"PATH_INFO=/organizations/Acme/more", "/organizations/{id}", NULL},
        {"PATH_INFO=/Organizations", "/organizations", NULL},
        {"PATH_INFO=/organizationsX", "/organizations", NULL},
        {"PATH_INFO=/users/me", "/users/me", ""},
        {"PATH_INFO=/users/{id}", "/users/{id}", "{id}"},
        {"PATH_INFO=/", "/organizations", NULL},
        {"PATH_INFO=0/organizations", "/", NULL}, /* outside the mount */
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char *environment[] = {cases[i].path, NULL};
        struct text parameters[HTTP_PARAMETERS_MAX] = {TEXT("")};
        struct http_request request;
        bool matches;

        init(&request, *state, environment);
        matches = http_request_matches(&request, cases[i].pattern, parameters);
        assert_case(matches == (cases[i].parameter != NULL), i, cases[i].path);
        if (cases[i].parameter != NULL)
            assert_text_equal(parameters[0], cases[i].parameter);
    }
}

/* A route with more of them is a fault of ours, found at the first request that gets so far. */
static void test_no_more_parameters_than_there_is_room_for(void **state)
{
    char *environment[] = {"PATH_INFO=/a/b/c/d", NULL};
    struct http_request request;
    int status;
    pid_t child;

    init(&request, *state, environment);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct text parameters[HTTP_PARAMETERS_MAX];

        signal(SIGABRT, SIG_DFL);
        close(STDERR_FILENO);
        http_request_matches(&request, "/{a}/{b}/{c}/{d}", parameters);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void test_query(void **state)
{
    char *environment[] = {"QUERY_STRING=name=R%26D&limit=5", "REQUEST_URI=/?name=other", NULL};
    struct http_request request;

    init(&request, *state, environment);
    assert_int_equal(request.query.count, 2);
    assert_text_equal(urlencoded_find(&request.query, "name", NULL), "R&D");
}

/* As lighttpd 1.4.69 with Debian's http-parseopts hands on /x?a=b&c=d?e. */
static void test_query_with_question_marks(void **state)
{
    static const struct {
        const char *script_name, *path_info, *query, *uri;
        const char *segments, *value;
    } cases[] = {
        {"", "/x?a=b&c=d", "e", "/x?a=b&c=d?e", "[x]", "d?e"},
        {"/api", "/x?c=d?e", "f", "/api/x?c=d?e?f", "[x]", "d?e?f"},
        {"", "/%3F?c=d", "e", "/%253F?c=d?e", "[%3F]", "d?e"},
        {"", "/x", "c=d?e", "/x?c=d?e", "[x]", "d?e"},               /* split right */
        {"", "/x?y", "c=d", "/x%3Fy?c=d", "[x?y]", "d"},             /* a question mark of the path */
        {"", "/other?a=b", "c=d", "/x?a=b?c=d", "[other?a=b]", "d"}, /* rewritten: nobody knows */
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char *environment[] = {
            arena_printf(*state, "SCRIPT_NAME=%s", cases[i].script_name),
            arena_printf(*state, "PATH_INFO=%s", cases[i].path_info),
            arena_printf(*state, "QUERY_STRING=%s", cases[i].query),
            arena_printf(*state, "REQUEST_URI=%s", cases[i].uri),
            NULL,
        };
        struct http_request request;

        init(&request, *state, environment);
        assert_string_equal(shown_segments(*state, &request), cases[i].segments);
        assert_text_equal(urlencoded_find(&request.query, "c", NULL), cases[i].value);
    }
}

static void test_authorization(void **state)
{
    char *none[] = {"HTTP_AUTHORIZATION=", NULL};
    char *plain[] = {"HTTP_AUTHORIZATION=Bearer a", "REDIRECT_HTTP_AUTHORIZATION=Bearer b", NULL};
    char *redirected[] = {"REDIRECT_HTTP_AUTHORIZATION=Bearer b", NULL};
    struct http_request request;

    init(&request, *state, none);
    assert_null(http_request_authorization(&request));
    init(&request, *state, plain);
    assert_string_equal(http_request_authorization(&request), "Bearer a");
    init(&request, *state, redirected);
    assert_string_equal(http_request_authorization(&request), "Bearer b");
}

static void test_media_types(void **state)
{
    static const struct {
        char *variable;
        bool is_json;
    } cases[] = {
        {"CONTENT_TYPE=application/json", true},
        {"CONTENT_TYPE=Application/JSON", true},
        {"CONTENT_TYPE=application/json; charset=utf-8", true},
        {"CONTENT_TYPE=application/json ;charset=utf-8", true},
        {"CONTENT_TYPE=application/json\t", true},
        {"CONTENT_TYPE=application/jsonx", false},
        {"CONTENT_TYPE=application/json-patch+json", false},
        {"CONTENT_TYPE=application/jso", false},
        {"CONTENT_TYPE=text/plain; application/json", false},
        {"CONTENT_TYPE=", false},
        {"OTHER=application/json", false},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char *environment[] = {cases[i].variable, NULL};
        struct http_request request;

        init(&request, *state, environment);
        assert_case(http_request_has_media_type(&request, "application/json") == cases[i].is_json, i,
                    cases[i].variable);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_no_path_at_all),
        cmocka_unit_test(test_thousands_of_segments),
        cmocka_unit_test(test_mount),
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_matching),
        cmocka_unit_test(test_no_more_parameters_than_there_is_room_for),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_query_with_question_marks),
        cmocka_unit_test(test_authorization),
        cmocka_unit_test(test_media_types),
    };

    return cmocka_run_group_tests_name("http_request", tests, open_arena, close_arena);
}
