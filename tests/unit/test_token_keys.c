#include <jose/jwk.h>

#include "base/text.h"
#include "domain/credentials/access_token.h"
#include "token_fixture.h"
#include "unit.h"

static json_t *key_set_of(json_t *key)
{
    return json_pack("{s:[o], s:s}", "keys", key, TOKEN_REFRESH_KEY, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
}

static void test_signing_without_a_private_key(void **state)
{
    struct fixture *fixture = *state;
    struct text token;
    struct error err;
    json_t *key = first_key(fixture->path);
    json_t *set;

    json_object_del(key, "d");
    set = key_set_of(key);
    assert_int_equal(json_dump_file(set, fixture->path, 0), 0);
    json_decref(set);
    token_keys_close(fixture->keys);
    assert_int_equal(token_keys_open(fixture->path, &fixture->keys, &err), 0);
    assert_int_equal(token_issue(fixture->keys, &terms, &subject, now, fixture->arena, &token, &err), -1);
    assert_int_equal(err.kind, ERR_INTERNAL);
}

static void test_check(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    json_t *key = first_key(fixture->path);
    json_t *other = json_pack("{s:s}", "alg", "ES256");
    json_t *set;

    assert_int_equal(token_keys_check(fixture->path, &err), 0);
    assert_true(jose_jwk_gen(NULL, other));
    json_object_set(key, "d", json_object_get(other, "d")); /* not the private part of x and y */
    json_decref(other);
    set = key_set_of(key);
    assert_int_equal(json_dump_file(set, fixture->path, 0), 0);
    json_decref(set);
    token_keys_close(fixture->keys);
    assert_int_equal(token_keys_open(fixture->path, &fixture->keys, &err), 0);
    assert_int_equal(token_keys_check(fixture->path, &err), -1);
    assert_int_equal(err.kind, ERR_INTERNAL);
    assert_non_null(strstr(err.message, fixture->path));
    assert_non_null(strstr(err.message, "orgctl signing-key rotate"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_signing_without_a_private_key),
        TEST(test_check),
    };

    return cmocka_run_group_tests_name("token_keys", tests, NULL, NULL);
}
