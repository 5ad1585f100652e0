#include "issuer_fixture.h"

/* The claim that names the user is the configuration's choice. */
static void test_user_claim(void **state)
{
    json_t *claims = good_claims();

    (void)state;
    fixture.issuer.user_claim = "username";
    assert_int_equal(outcome_of(sign(fixture.ec, good_header(), json_incref(claims))), REFUSED);
    set_member(claims, "username", "\"alice\"");
    json_object_del(claims, "sub");
    assert_int_equal(outcome_of(sign(fixture.ec, good_header(), claims)), ASKS_THE_DATABASE);
}

/* What people may write themselves names nobody. */
static void test_an_address_must_be_verified(void **state)
{
    static const char *const values[] = {NULL, "false", "\"true\"", "1", "null", "true"};

    (void)state;
    fixture.issuer.user_claim = "email";
    for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
        bool is_last = i == ARRAY_LENGTH(values) - 1;
        json_t *claims = good_claims();

        set_member(claims, "email", "\"alice@example.org\"");
        set_member(claims, "email_verified", values[i]);
        assert_case(outcome_of(sign(fixture.ec, good_header(), claims)) == (is_last ? ASKS_THE_DATABASE : REFUSED), i,
                    "email_verified");
    }
}

/* Other types count where the section says so. Then an ID token is one that has its own client as its audience. */
static void test_types(void **state)
{
    static const struct {
        const char *types;
        const char *type; /* as JSON; NULL: none */
        const char *azp;
        enum outcome expected;
    } cases[] = {
        {"at+jwt JWT", "\"JWT\"", "\"client\"", ASKS_THE_DATABASE},
        {"at+jwt JWT", "\"jwt\"", NULL, ASKS_THE_DATABASE},
        {"at+jwt JWT", "\"application/jwt\"", NULL, ASKS_THE_DATABASE},
        {"at+jwt JWT", "\"at+jwt\"", "\"orgs\"", ASKS_THE_DATABASE},
        {"at+jwt JWT", NULL, NULL, REFUSED},
        {"at+jwt JWT", "\"logout+jwt\"", NULL, REFUSED},
        {"at+jwt JWT", "\"JWT\"", "\"orgs\"", REFUSED},
        {"none", NULL, "\"client\"", ASKS_THE_DATABASE},
        {"none", NULL, "\"orgs\"", REFUSED},
        {"none", "\"none\"", NULL, REFUSED},
        {"none", "\"at+jwt\"", NULL, REFUSED},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        json_t *header = good_header();
        json_t *claims = good_claims();
        enum outcome outcome;

        fixture.issuer.token_types = cases[i].types;
        set_member(header, "typ", cases[i].type);
        set_member(claims, "azp", cases[i].azp);
        outcome = outcome_of(sign(fixture.ec, header, claims));
        assert_case(outcome == cases[i].expected, i, outcomes[outcome]);
    }
}

static void test_clients(void **state)
{
    static const struct {
        const char *azp; /* as JSON */
        const char *client_id;
        enum outcome expected;
    } cases[] = {
        {"\"a\"", NULL, ASKS_THE_DATABASE},
        {NULL, "\"b\"", ASKS_THE_DATABASE},
        {"\"a\"", "\"b\"", ASKS_THE_DATABASE},
        {NULL, NULL, REFUSED},
        {"\"c\"", NULL, REFUSED},
        {"\"a\"", "\"c\"", REFUSED},
        {"\"a b\"", NULL, REFUSED},
        {"\"\"", NULL, REFUSED},
        {"[\"a\"]", NULL, REFUSED},
    };

    (void)state;
    fixture.issuer.clients = "a b";
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        json_t *claims = good_claims();
        enum outcome outcome;

        set_member(claims, "azp", cases[i].azp);
        set_member(claims, "client_id", cases[i].client_id);
        outcome = outcome_of(sign(fixture.ec, good_header(), claims));
        assert_case(outcome == cases[i].expected, i, outcomes[outcome]);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_user_claim),
        TEST(test_an_address_must_be_verified),
        TEST(test_types),
        TEST(test_clients),
    };

    return cmocka_run_group_tests_name("issuer_section", tests, NULL, NULL);
}
