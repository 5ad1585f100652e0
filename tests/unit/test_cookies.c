#include "web/cookies.h"

#include "base/text.h"
#include "unit.h"

static struct text find(struct arena *arena, const char *header, const char *name, bool is_secure)
{
    char *const environment[] = {arena_printf(arena, "HTTP_COOKIE=%s", header), NULL};
    struct http_request request = {.arena = arena, .environment = environment};

    return cookies_find(&request, name, is_secure);
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

static void test_set(void **state)
{
    struct http_response response;

    (void)state;
    http_response_init(&response);
    cookies_set(&response, "session", false, "abc", 0);
    assert_string_equal(response.headers.data, "Set-Cookie: session=abc; Path=/; HttpOnly; SameSite=Lax\r\n");
    http_response_reset(&response);
    cookies_set(&response, "known", true, "abc", 60);
    assert_string_equal(response.headers.data,
                        "Set-Cookie: __Host-known=abc; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60\r\n");
    http_response_reset(&response);
    cookies_set(&response, "session", true, NULL, 0);
    assert_string_equal(response.headers.data,
                        "Set-Cookie: __Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0\r\n");
    http_response_release(&response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_a_secure_cookie_has_another_name),
        cmocka_unit_test(test_set),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
