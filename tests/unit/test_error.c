#include "base/error.h"

#include "unit.h"

/* The table of the API's contract, written a second time. */
static void test_names_and_statuses(void **state)
{
    static const struct {
        enum error_kind kind;
        const char *name;
        int status;
        const char *oauth_code;
    } cases[] = {
        {ERR_INVALID_REQUEST, "ValidationError", 400, "invalid_request"},
        {ERR_INVALID_GRANT, "ValidationError", 400, "invalid_grant"},
        {ERR_UNAUTHORIZED_CLIENT, "ValidationError", 400, "unauthorized_client"},
        {ERR_UNSUPPORTED_GRANT_TYPE, "ValidationError", 400, "unsupported_grant_type"},
        {ERR_UNSUPPORTED_RESPONSE_TYPE, "ValidationError", 400, "unsupported_response_type"},
        {ERR_UNSUPPORTED_TOKEN_TYPE, "ValidationError", 400, "unsupported_token_type"},
        {ERR_REQUEST_NOT_SUPPORTED, "ValidationError", 400, "request_not_supported"},
        {ERR_REQUEST_URI_NOT_SUPPORTED, "ValidationError", 400, "request_uri_not_supported"},
        {ERR_CONSENT_REQUIRED, "ValidationError", 400, "consent_required"},
        {ERR_ACCESS_DENIED, "ValidationError", 400, "access_denied"},
        {ERR_AUTHORIZATION_PENDING, "ValidationError", 400, "authorization_pending"},
        {ERR_SLOW_DOWN, "ValidationError", 400, "slow_down"},
        {ERR_EXPIRED_TOKEN, "ValidationError", 400, "expired_token"},
        {ERR_INVALID_CLIENT, "AuthorizationException", 401, "invalid_client"},
        {ERR_UNAUTHORIZED, "AuthorizationException", 401, "invalid_token"},
        {ERR_FORBIDDEN, "IllegalOperationError", 403, "access_denied"},
        {ERR_LIMIT, "OrganizationLimitExceeded", 403, "access_denied"},
        {ERR_NOT_FOUND, "KeyError", 404, "invalid_grant"},
        {ERR_METHOD, "MethodNotAllowed", 405, "invalid_request"},
        {ERR_EXISTS, "EntityExistsError", 409, "invalid_request"},
        {ERR_PRECONDITION, "PreconditionFailed", 412, "invalid_request"},
        {ERR_TOO_LARGE, "ContentTooLarge", 413, "invalid_request"},
        {ERR_MEDIA_TYPE, "UnsupportedMediaType", 415, "invalid_request"},
        {ERR_VALIDATION, "ValidationError", 422, "invalid_request"},
        {ERR_TOO_MANY, "TooManyRequests", 429, "temporarily_unavailable"},
        {ERR_BUSY, "TooManyRequests", 429, "temporarily_unavailable"},
        {ERR_INTERNAL, "RuntimeError", 500, "server_error"},
        {ERR_UNAVAILABLE, "ServiceUnavailable", 503, "temporarily_unavailable"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_string_equal(error_name(cases[i].kind), cases[i].name);
        assert_int_equal(error_status(cases[i].kind), cases[i].status);
        assert_string_equal(error_oauth_code(cases[i].kind), cases[i].oauth_code);
    }
}

static void test_set(void **state)
{
    struct error err = {.kind = ERR_NONE};

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

/* The time to try again belongs to one error; the next error has none. */
static void test_retry_after(void **state)
{
    struct error err;

    (void)state;
    error_set(&err, ERR_TOO_MANY, "too many");
    assert_int_equal(err.retry_after_s, 0);
    assert_int_equal(error_retry_after(&err, 7), -1);
    assert_int_equal(err.retry_after_s, 7);
    error_set(&err, ERR_NOT_FOUND, "another");
    assert_int_equal(err.retry_after_s, 0);
    assert_int_equal(error_retry_after(NULL, 7), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_statuses),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_long_message_is_cut),
        cmocka_unit_test(test_retry_after),
    };

    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
