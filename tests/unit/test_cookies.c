#include "web/cookies.h"

#include "base/text.h"
#include "unit.h"

static struct text find_below(const char *mount, struct arena *arena, const char *header, const char *name,
                              bool is_secure)
{
    char *const environment[] = {arena_printf(arena, "HTTP_COOKIE=%s", header), NULL};
    struct http_request request = {.arena = arena, .environment = environment, .mount = mount};

    return cookies_find(&request, name, is_secure);
}

static struct text find(struct arena *arena, const char *header, const char *name, bool is_secure)
{
    return find_below("", arena, header, name, is_secure);
}

static void test_find(void **state)
{
    static const struct {
        const char *header;
        const char *value;
    } cases[] = {
        {"session=abc", "abc"},
        {"a=b; session=abc; c=d", "abc"},
        {"a=b;session=abc", "abc"},
        {"session=; session=abc", ""},
        {"xsession=1; session=2", "2"},
        {"sessions=1", NULL},
        {"a=session=1", NULL},
        {"", NULL},
        {"session", NULL},
        {"__Host-session=abc", NULL},
        {" ; ;session=a b", "a"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct text value = find(*state, cases[i].header, "session", false);

        assert_case(cases[i].value == NULL ? value.data == NULL
                                           : value.data != NULL && text_equal(value, text_of(cases[i].value)),
                    i, cases[i].header);
    }
}

static void test_a_secure_cookie_has_another_name(void **state)
{
    assert_text_equal(find(*state, "session=no; __Host-session=yes", "session", true), "yes");
    assert_null(find(*state, "session=no", "session", true).data);
}

static void test_a_secure_cookie_below_a_prefix_has_a_third_name(void **state)
{
    const char *header = "__Host-session=root; session=no; __Secure-session=prefix";

    assert_text_equal(find_below("/api/v1", *state, header, "session", true), "prefix");
    assert_text_equal(find_below("/api/v1", *state, header, "session", false), "no");
    assert_text_equal(find(*state, header, "session", true), "root");
    assert_null(find_below("/api/v1", *state, "__Host-session=root", "session", true).data);
}

/* A browser sends cookies of longer paths first (RFC 6265, 5.4), and another orgd of the host may be mounted at /. */
static void test_the_cookie_of_the_longer_path_counts(void **state)
{
    assert_text_equal(find_below("/api/v1", *state, "session=ours; session=of-the-root", "session", false), "ours");
}

static void test_set(void **state)
{
    static const struct {
        const char *mount;
        const char *name;
        bool is_secure;
        const char *value;
        int64_t lifetime_s;
        const char *header;
    } cases[] = {
        {"", "session", false, "abc", 0, "session=abc; Path=/; HttpOnly; SameSite=Lax"},
        {"", "known", true, "abc", 60, "__Host-known=abc; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60"},
        {"", "session", true, NULL, 0, "__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"},
        {"", "session", false, NULL, 0, "session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"},
        {"/api/v1", "session", false, "abc", 0, "session=abc; Path=/api/v1; HttpOnly; SameSite=Lax"},
        {"/api/v1", "known", true, "abc", 60,
         "__Secure-known=abc; Path=/api/v1; Secure; HttpOnly; SameSite=Lax; Max-Age=60"},
        {"/api/v1", "session", true, NULL, 0,
         "__Secure-session=; Path=/api/v1; Secure; HttpOnly; SameSite=Lax; Max-Age=0"},
        {"/a%3Bb", "session", false, "abc", 0, "session=abc; Path=/a%3Bb; HttpOnly; SameSite=Lax"},
    };
    struct http_response response;

    http_response_init(&response);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const struct http_request request = {.arena = *state, .mount = cases[i].mount};

        cookies_set(&request, &response, cases[i].name, cases[i].is_secure, cases[i].value, cases[i].lifetime_s);
        assert_string_equal(response.headers.data, arena_printf(*state, "Set-Cookie: %s\r\n", cases[i].header));
        http_response_reset(&response);
    }
    http_response_release(&response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_a_secure_cookie_has_another_name),
        cmocka_unit_test(test_a_secure_cookie_below_a_prefix_has_a_third_name),
        cmocka_unit_test(test_the_cookie_of_the_longer_path_counts),
        cmocka_unit_test(test_set),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
