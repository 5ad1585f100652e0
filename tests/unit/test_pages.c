/* Pages as a person with a browser in Polish sees them, by the catalogue that catalogues.awk makes of po/pl.po. */
#include "pages/language.h"

#include "http/handlers.h"
#include "pages/message.h"
#include "pages/templates.h"
#include "unit.h"

static struct {
    struct config config;
    struct service service;
    struct http_request request;
    struct http_response response;
    struct exchange exchange;
} world;

static int set_up(void **state)
{
    static char *const environment[] = {"HTTP_ACCEPT_LANGUAGE=pl, en;q=0.5",
                                        "HTTP_COOKIE=orgd_browser=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NULL};
    struct http_body_source no_body = {NULL, NULL};
    struct arena *arena = arena_open();

    (void)state;
    world.config.public_url = "https://orgs.example.org";
    world.service.config = &world.config;
    http_request_init(&world.request, arena, environment, no_body);
    world.request.mount = "/base";
    http_response_init(&world.response);
    world.exchange = (struct exchange){
        .service = &world.service, .request = &world.request, .response = &world.response, .call = {.arena = arena}};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    http_response_release(&world.response);
    arena_close(world.exchange.call.arena);
    return 0;
}

static void assert_page_has(const char *text)
{
    if (strstr(world.response.body.data, text) == NULL)
        fail_msg("%s is not in %s", text, world.response.body.data);
}

static void test_a_page_in_another_language(void **state)
{
    (void)state;
    signed_in_page_show(&world.exchange, NULL, SIGNED_IN_PAGE(.username = TEXT("<Zoë>")));
    assert_page_has("<html lang=\"pl\">");
    assert_page_has("<p><strong>&lt;Zoë&gt;</strong> to \"Twoja\" nazwa użytkownika.</p>");
    assert_page_has("action=\"/base/auth/sign-out\"");
    assert_page_has("<h1>You are signed in</h1>"); /* not translated yet */
}

static void test_a_page_in_english(void **state)
{
    static char *const environment[] = {"HTTP_ACCEPT_LANGUAGE=de", NULL};

    (void)state;
    world.request.environment = environment;
    signed_in_page_show(&world.exchange, NULL, SIGNED_IN_PAGE(.username = TEXT("Zoë")));
    assert_page_has("<html lang=\"en\">");
    assert_page_has("<p>Your user name is <strong>Zoë</strong>.</p>");
}

static void test_optional_parts(void **state)
{
    (void)state;
    sign_in_page_show(&world.exchange, "https://app.example.org",
                      SIGN_IN_PAGE(.username = TEXT("a\"b"), .next = TEXT("/auth/device?a=b&c"), .is_new = false,
                                   .complaint = TEXT("<no>"), .is_wrong = true, .has_mail = true));
    assert_page_has("<title>Sign in: please try again - Organizations API</title>");
    assert_page_has("id=\"complaint\">&lt;no&gt;</p>");
    assert_page_has("name=\"next\" value=\"/auth/device?a=b&amp;c\"");
    assert_page_has("value=\"a&quot;b\"");
    assert_page_has("<label for=\"username\">Nazwa użytkownika lub adres</label>");
    assert_non_null(strstr(world.response.headers.data, "form-action 'self' https://app.example.org;"));
}

static void test_a_list(void **state)
{
    static const struct consent_page_parameter parameters[] = {{{"a", 1}, {"<", 1}}, {{"b", 1}, {"2", 1}}};

    (void)state;
    consent_page_show(&world.exchange, NULL,
                      CONSENT_PAGE(.client = TEXT("client"), .username = TEXT("user"),
                                   .destination = TEXT("http://[::1]"), .is_native = true, .parameters = parameters,
                                   .parameter_count = ARRAY_LENGTH(parameters), .here = TEXT("/")));
    assert_page_has(
        "<input type=\"hidden\" name=\"a\" value=\"&lt;\">\n<input type=\"hidden\" name=\"b\" value=\"2\">");
    assert_page_has("a program on this device (http://[::1])");
}

static void test_complaints_with_a_number(void **state)
{
    struct error err = {.kind = ERR_TOO_MANY, .retry_after_s = 1};

    (void)state;
    assert_text_equal(language_say_error(&world.exchange, &err), "Zbyt wiele prób. Spróbuj ponownie za jedną sekundę.");
    err.retry_after_s = 3;
    assert_text_equal(language_say_error(&world.exchange, &err), "Zbyt wiele prób. Spróbuj ponownie za 3 sekundy.");
}

static void test_an_error_of_a_page(void **state)
{
    struct error err;

    (void)state;
    error_set(&err, ERR_NOT_FOUND, "There is nothing at this path.");
    show_problem(&world.exchange, &err);
    assert_page_has("<h1>To się nie udało</h1>");
    assert_page_has("<p class=\"alert\" role=\"alert\">There is nothing at this path.</p>");
}

static void test_a_page_without_a_form_sets_no_cookie(void **state)
{
    static char *const environment[] = {NULL};

    (void)state;
    world.request.environment = environment;
    message_show(&world.exchange, "Title", "Sentence");
    assert_null(strstr(world.response.headers.data, "Set-Cookie"));
    signed_in_page_show(&world.exchange, NULL, SIGNED_IN_PAGE(.username = TEXT("Zoë")));
    assert_non_null(strstr(world.response.headers.data, "Set-Cookie: __Secure-orgd_browser="));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_page_in_another_language, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_page_in_english, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_optional_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_complaints_with_a_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_error_of_a_page, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_page_without_a_form_sets_no_cookie, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
