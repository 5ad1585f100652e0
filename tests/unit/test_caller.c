#include "domain/access/caller.h"

#include "unit.h"

static const struct id account = {{1}};

static int accept(const struct caller_row *row, struct principal *out)
{
    struct error err = {.kind = ERR_NONE};
    int result = caller_accept(row, out, &err);

    /* Every refusal reads the same: nobody learns which part was wrong. */
    if (result < 0) {
        assert_int_equal(err.kind, ERR_UNAUTHORIZED);
        assert_string_equal(err.message, "The credential is unknown or revoked, or its account is not active.");
    }
    return result;
}

/* Whether it counts, SQL alone says (CALLER_COUNTS). */
static void test_what_counts(void **state)
{
    struct caller_row row = {.account_id = account, .counts = true};
    struct principal principal;

    (void)state;
    assert_int_equal(accept(&row, &principal), 0);
    assert_true(id_equal(&principal.account_id, &account));
    assert_false(principal.is_superuser);
    row.is_superuser = true;
    assert_int_equal(accept(&row, &principal), 0);
    assert_true(principal.is_superuser);
}

static void test_what_does_not(void **state)
{
    struct caller_row row = {.account_id = account, .is_superuser = true};
    struct principal principal;

    (void)state;
    assert_int_equal(accept(&row, &principal), -1);
    assert_int_equal(accept(NULL, &principal), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_counts),
        cmocka_unit_test(test_what_does_not),
    };

    return cmocka_run_group_tests_name("caller", tests, NULL, NULL);
}
