#include "domain/access/caller.h"

#include "base/digest.h"
#include "unit.h"

static const struct timestamp now = {1790000000000000};
static const struct id account = {{1}};
static const struct id other_account = {{2}};

/* An active user with a secret, and an older one that is retained for another second. */
static struct caller_row good_row(void)
{
    return (struct caller_row){
        .account_id = account,
        .account_is_active = true,
        .is_active = true,
        .secret = digest_of("current", 7),
        .retained_secret = digest_of("retained", 8),
        .retained_until = {now.us + 1000000},
    };
}

static int accept(const struct credential *credential, const struct caller_row *row, struct principal *out)
{
    struct error err = {.kind = ERR_NONE};
    int result = caller_accept(credential, row, now, out, &err);

    /* Every refusal reads the same: nobody learns which part was wrong. */
    if (result < 0) {
        assert_int_equal(err.kind, ERR_UNAUTHORIZED);
        assert_string_equal(err.message, "The credential is unknown or revoked, or its account is not active.");
    }
    return result;
}

static struct credential secret_of(const char *text)
{
    return (struct credential){.digest = digest_of(text, strlen(text))};
}

static void test_secrets(void **state)
{
    static const struct {
        const char *text;
        int64_t retained_for_us;
        int expected;
    } cases[] = {
        {"current", 1000000, 0}, {"retained", 1000000, 0}, {"retained", 1, 0}, {"retained", 0, -1},
        {"retained", -1, -1},    {"other", 1000000, -1},   {"current", -1, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct credential credential = secret_of(cases[i].text);
        struct caller_row row = good_row();
        struct principal principal;

        row.retained_until.us = now.us + cases[i].retained_for_us;
        assert_case(accept(&credential, &row, &principal) == cases[i].expected, i, cases[i].text);
    }
}

/* Without a rotation the older secret's columns are empty: nothing may match emptiness. */
static void test_no_retained_secret(void **state)
{
    struct credential credential = {.digest = {{0}}};
    struct caller_row row = good_row();
    struct principal principal;

    (void)state;
    row.retained_secret = (struct digest){{0}};
    row.retained_until = (struct timestamp){0};
    assert_int_equal(accept(&credential, &row, &principal), -1);
}

static void test_tokens(void **state)
{
    struct credential credential = {.is_token = true, .account_id = account};
    struct caller_row row = good_row();
    struct principal principal;

    (void)state;
    assert_int_equal(accept(&credential, &row, &principal), 0);
    row.account_id = other_account; /* the credential belongs to somebody else by now */
    assert_int_equal(accept(&credential, &row, &principal), -1);
}

/* A digest proves nothing for a token, an account's id nothing for a secret. */
static void test_proofs_are_not_mixed_up(void **state)
{
    struct credential token = secret_of("current");
    struct credential secret = {.account_id = account};
    struct caller_row row = good_row();
    struct principal principal;

    (void)state;
    token.is_token = true;
    token.account_id = other_account;
    assert_int_equal(accept(&token, &row, &principal), -1);
    assert_int_equal(accept(&secret, &row, &principal), -1);
}

/* Another issuer's token has proved itself before; its row only says whether it still counts. */
static void test_external(void **state)
{
    struct credential credential = {.is_external = true};
    struct caller_row row = good_row();
    struct principal principal;

    (void)state;
    assert_int_equal(accept(&credential, &row, &principal), 0);
    assert_true(id_equal(&principal.account_id, &account));
    row.is_active = false;
    assert_int_equal(accept(&credential, &row, &principal), -1);
    assert_int_equal(accept(&credential, NULL, &principal), -1);
}

static void test_inactive_or_gone(void **state)
{
    struct credential secret = secret_of("current");
    struct credential token = {.is_token = true, .account_id = account};
    struct caller_row row = good_row();
    struct principal principal;

    (void)state;
    row.is_active = false;
    assert_int_equal(accept(&secret, &row, &principal), -1);
    assert_int_equal(accept(&token, &row, &principal), -1);
    row.is_active = true;
    row.account_is_active = false;
    assert_int_equal(accept(&secret, &row, &principal), -1);
    assert_int_equal(accept(&token, &row, &principal), -1);
    assert_int_equal(accept(&secret, NULL, &principal), -1);
    assert_int_equal(accept(&token, NULL, &principal), -1);
}

static void test_principal(void **state)
{
    struct credential credential = secret_of("current");
    struct caller_row row = good_row();
    struct principal principal;

    (void)state;
    assert_int_equal(accept(&credential, &row, &principal), 0);
    assert_true(id_equal(&principal.account_id, &account));
    assert_false(principal.is_superuser);
    row.is_superuser = true;
    assert_int_equal(accept(&credential, &row, &principal), 0);
    assert_true(principal.is_superuser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets),   cmocka_unit_test(test_no_retained_secret),
        cmocka_unit_test(test_tokens),    cmocka_unit_test(test_proofs_are_not_mixed_up),
        cmocka_unit_test(test_external),  cmocka_unit_test(test_inactive_or_gone),
        cmocka_unit_test(test_principal),
    };

    return cmocka_run_group_tests_name("caller", tests, NULL, NULL);
}
