#include "domain/accounts/known_browser.h"

#include "base/text.h"
#include "unit.h"

#define HASH TEXT("$y$j9T$salt$hash")

static const struct text none = {NULL, 0};

static struct id person(uint8_t number)
{
    struct id id = {{0}};

    id.bytes[0] = number;
    return id;
}

static bool is_known(struct arena *arena, struct text cookie, uint8_t number, struct text hash)
{
    struct id id = person(number);
    struct text key;

    return known_browser_is(arena, cookie, &id, hash, &key);
}

static struct text add(struct arena *arena, struct text cookie, uint8_t number)
{
    struct id id = person(number);

    return known_browser_add(arena, cookie, &id, HASH);
}

static void test_a_browser_is_known_for_a_user_and_a_password(void **state)
{
    struct text cookie = add(*state, none, 1);

    assert_true(is_known(*state, cookie, 1, HASH));
    assert_false(is_known(*state, cookie, 2, HASH));
    assert_false(is_known(*state, cookie, 1, TEXT("$y$j9T$salt$hasi")));
    assert_false(is_known(*state, cookie, 1, none));
    assert_false(is_known(*state, none, 1, HASH));
    assert_false(is_known(*state, add(*state, none, 2), 1, HASH));
}

static void test_it_is_the_same_browser_each_time(void **state)
{
    struct text cookie = add(*state, none, 1);
    struct id id = person(1);
    struct text keys[3];

    assert_true(text_equal(add(*state, cookie, 1), cookie));
    assert_true(known_browser_is(*state, cookie, &id, HASH, &keys[0]));
    assert_true(known_browser_is(*state, add(*state, cookie, 2), &id, HASH, &keys[1]));
    assert_true(known_browser_is(*state, add(*state, none, 1), &id, HASH, &keys[2]));
    assert_true(text_equal(keys[0], keys[1]));
    assert_false(text_equal(keys[0], keys[2]));
}

static void test_several_people_share_a_browser(void **state)
{
    struct text cookie = none;

    for (uint8_t number = 1; number <= KNOWN_BROWSER_USERS_MAX; number++)
        cookie = add(*state, cookie, number);
    cookie = add(*state, cookie, 1); /* the latest, now */
    cookie = add(*state, cookie, 9);
    for (uint8_t number = 1; number <= KNOWN_BROWSER_USERS_MAX; number++)
        assert_int_equal(is_known(*state, cookie, number, HASH), number != 2);
    assert_true(is_known(*state, cookie, 9, HASH));
}

static void test_a_forged_cookie_is_replaced(void **state)
{
    static const char *const forged[] = {
        "", "A", "AAAAAAAAAAAAAAAAAAAAA", "!!!!!!!!!!!!!!!!!!!!!!", "AAAAAAAAAAAAAAAAAAAAAAAA",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(forged); i++) {
        assert_case(!is_known(*state, text_of(forged[i]), 1, HASH), i, forged[i]);
        assert_case(is_known(*state, add(*state, text_of(forged[i]), 1), 1, HASH), i, forged[i]);
    }
}

static void test_each_octet_of_a_cookie_counts(void **state)
{
    struct text cookie = add(*state, none, 1);

    for (size_t i = 0; i < cookie.length; i++) {
        char *other = arena_strndup(*state, cookie.data, cookie.length);

        other[i] = other[i] == 'A' ? 'Q' : 'A';
        assert_case(!is_known(*state, (struct text){other, cookie.length}, 1, HASH), i, other);
        assert_case(!is_known(*state, (struct text){cookie.data, i}, 1, HASH), i, "cut");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_browser_is_known_for_a_user_and_a_password),
        cmocka_unit_test(test_it_is_the_same_browser_each_time),
        cmocka_unit_test(test_several_people_share_a_browser),
        cmocka_unit_test(test_a_forged_cookie_is_replaced),
        cmocka_unit_test(test_each_octet_of_a_cookie_counts),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
