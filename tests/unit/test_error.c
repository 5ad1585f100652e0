#include "base/error.h"

#include "unit.h"

/* The table of the API's contract, written down a second time. */
static void test_names_and_statuses(void **state)
{
    static const struct {
        enum error_kind kind;
        const char *name;
        int status;
    } cases[] = {
        {ERR_UNAUTHORIZED, "AuthorizationException", 401},
        {ERR_FORBIDDEN, "IllegalOperationError", 403},
        {ERR_LIMIT, "OrganizationLimitExceeded", 403},
        {ERR_NOT_FOUND, "KeyError", 404},
        {ERR_METHOD, "MethodNotAllowed", 405},
        {ERR_EXISTS, "EntityExistsError", 409},
        {ERR_PRECONDITION, "PreconditionFailed", 412},
        {ERR_TOO_LARGE, "ContentTooLarge", 413},
        {ERR_MEDIA_TYPE, "UnsupportedMediaType", 415},
        {ERR_VALIDATION, "ValidationError", 422},
        {ERR_INTERNAL, "RuntimeError", 500},
        {ERR_UNAVAILABLE, "ServiceUnavailable", 503},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_string_equal(error_name(cases[i].kind), cases[i].name);
        assert_int_equal(error_status(cases[i].kind), cases[i].status);
    }
}

static void test_set(void **state)
{
    struct error err = {ERR_NONE, ""};

    (void)state;
    assert_int_equal(error_set(&err, ERR_NOT_FOUND, "no %s number %d", "thing", 7), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    assert_string_equal(err.message, "no thing number 7");
    assert_int_equal(error_set(NULL, ERR_NOT_FOUND, "nobody asks"), -1);
}

static void test_long_message_is_cut(void **state)
{
    struct error err;

    (void)state;
    error_set(&err, ERR_INTERNAL, "%0*d", 511, 1);
    assert_int_equal(strlen(err.message), 511);
    assert_int_equal(err.message[510], '1');
    error_set(&err, ERR_INTERNAL, "%0*d", 5000, 1);
    assert_int_equal(strlen(err.message), 511);
    assert_int_equal(err.message[510], '0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_statuses),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_long_message_is_cut),
    };

    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
