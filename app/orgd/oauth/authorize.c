#include "authorize.h"

#include <jose/b64.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "domain/access/secret.h"
#include "domain/oauth/client.h"
#include "domain/oauth/code.h"
#include "http/browser.h"
#include "http/handlers.h"
#include "http/redirect.h"
#include "pages/signed_in.h"
#include "pages/templates.h"
#include "web/parameters.h"

/* The authorization request (RFC 6749, 4.1.1; RFC 7636, 4.3), which the consent form repeats. */
static const char *const parameter_names[] = {
    "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
};

struct authorization {
    struct exchange *exchange;
    const struct urlencoded *parameters;
    struct client client;
    struct text redirect_uri; /* where the answer goes */
};

static struct text parameter(const struct authorization *authorization, const char *name)
{
    return parameters_find(authorization->parameters, name);
}

/* A refusal without a redirect, because nobody knows whom a redirect would reach (RFC 6749, 4.1.2.1). */
static int refuse_application(const char *sentence, struct error *err)
{
    return error_set(err, ERR_UNKNOWN_APPLICATION, "%s", sentence);
}

static int find_client(struct authorization *authorization, struct error *err)
{
    struct text client_id = parameter(authorization, "client_id");
    struct id id;
    int found = 0;

    if (!parameters_is_sound(authorization->parameters, "client_id") ||
        !parameters_is_sound(authorization->parameters, "redirect_uri"))
        return refuse_application(N_("Its client_id or its redirect_uri is there more than once, or is no text."), err);
    if (client_id.data != NULL && id_parse(client_id, &id))
        found = client_find(&authorization->exchange->call, &id, &authorization->client, err);
    if (found == 0)
        return refuse_application(N_("It is not registered here: its client_id is missing or unknown."), err);
    return found < 0 ? -1 : 0;
}

/* Finds the client, and the redirect URI where it may be answered. */
static int find_target(struct authorization *authorization, struct error *err)
{
    struct text given = parameter(authorization, "redirect_uri");

    if (find_client(authorization, err) < 0)
        return -1;
    authorization->redirect_uri = given.data != NULL ? given : client_only_redirect_uri(&authorization->client);
    if (authorization->redirect_uri.data == NULL)
        return refuse_application(N_("It did not say where to send you afterwards: redirect_uri is missing."), err);
    if (!client_may_redirect_to(&authorization->client, authorization->redirect_uri))
        return refuse_application(N_("It wants to send you to an address that is not registered for it."), err);
    return 0;
}

/* Redirects */

static void add_parameter(struct buf *url, const char *name, struct text value)
{
    if (value.data == NULL)
        return;
    buf_add_char(url, memchr(url->data, '?', url->length) == NULL ? '?' : '&');
    buf_add_string(url, name);
    buf_add_char(url, '=');
    urlencoded_add(url, value);
}

/* Sends the person back with an answer, its issuer (RFC 9207) and the state. */
static int answer(const struct authorization *authorization, const char *name, const char *value,
                  const char *description, struct error *err)
{
    struct exchange *exchange = authorization->exchange;
    CLEANUP(buf_release) struct buf url;

    buf_init(&url, REDIRECT_BYTES_MAX);
    buf_add(&url, authorization->redirect_uri.data, authorization->redirect_uri.length);
    add_parameter(&url, name, text_of(value));
    add_parameter(&url, "error_description", text_of(description));
    add_parameter(&url, "state", parameter(authorization, "state"));
    add_parameter(&url, "iss", text_of(exchange->service->terms.issuer));
    if (url.overflowed)
        return refuse_application(N_("Its address and its state are longer than fits here."), err);
    return redirect_to_url(exchange, url.data, err);
}

/* Tells the client by a redirect what is wrong with its request, or that the person denied it. */
static int answer_error(const struct authorization *authorization, struct error *err)
{
    struct error told = *err;

    return answer(authorization, "error", error_oauth_code(told.kind), told.message, err);
}

/* Checking */

static bool is_challenge(struct text challenge)
{
    uint8_t digest[32];

    return challenge.length == 43 &&
           jose_b64_dec_buf(challenge.data, challenge.length, digest, sizeof(digest)) == sizeof(digest);
}

/* Checks PKCE (RFC 7636): only S256 is allowed, and it is required if no secret protects the code. */
static int check_challenge(const struct authorization *authorization, struct error *err)
{
    struct text challenge = parameter(authorization, "code_challenge");
    struct text method = parameter(authorization, "code_challenge_method");

    if (challenge.data == NULL && (!authorization->client.is_confidential || method.data != NULL))
        return error_set(err, ERR_INVALID_REQUEST, "code_challenge is missing: this client must use PKCE.");
    if (challenge.data == NULL)
        return 0;
    if (method.data == NULL || !text_equal(method, TEXT("S256")))
        return error_set(err, ERR_INVALID_REQUEST, "code_challenge_method must be S256.");
    if (!is_challenge(challenge))
        return error_set(err, ERR_INVALID_REQUEST, "code_challenge must be the base64url of a SHA-256 digest.");
    return 0;
}

static int check(const struct authorization *authorization, struct error *err)
{
    struct text type = parameter(authorization, "response_type");

    if (parameters_check(authorization->parameters, err) < 0)
        return -1;
    if (parameter(authorization, "state").length > AUTHORIZE_STATE_BYTES_MAX)
        return error_set(err, ERR_INVALID_REQUEST, "The parameter state is longer than %d bytes.",
                         AUTHORIZE_STATE_BYTES_MAX);
    if (type.data == NULL)
        return error_set(err, ERR_INVALID_REQUEST, "The parameter response_type is missing.");
    if (!text_equal(type, TEXT("code")))
        return error_set(err, ERR_UNSUPPORTED_RESPONSE_TYPE, "response_type must be code.");
    if (parameter(authorization, "request").data != NULL)
        return error_set(err, ERR_REQUEST_NOT_SUPPORTED, "Request objects are not supported.");
    if (parameter(authorization, "request_uri").data != NULL)
        return error_set(err, ERR_REQUEST_URI_NOT_SUPPORTED, "Request objects are not supported.");
    return check_challenge(authorization, err);
}

/* Asking */

/* Returns scheme and host of the redirect URI; only the scheme if it is private. */
static const char *origin_of(struct arena *arena, struct text uri)
{
    const char *string = arena_strndup(arena, uri.data, uri.length);
    const char *host = strstr(string, "://");

    if (strncmp(string, "https://", 8) != 0 && strncmp(string, "http://", 7) != 0)
        return arena_strndup(arena, string, strcspn(string, ":") + 1);
    return arena_strndup(arena, string, (size_t)(host + 3 - string) + strcspn(host + 3, "/?;,"));
}

/* Returns the origin as a source for the content security policy, which knows no IPv6 addresses. */
static const char *source_of(struct arena *arena, const char *origin)
{
    return strchr(origin, '[') == NULL ? origin : arena_strndup(arena, origin, strcspn(origin, ":") + 1);
}

const char *authorize_form_target(struct exchange *exchange, const char *next)
{
    static const char path[] = "/auth/authorize?";
    struct arena *arena = exchange->service->arena;
    struct urlencoded parameters;
    struct authorization authorization = {.exchange = exchange, .parameters = &parameters};
    struct error err;

    if (strncmp(next, path, strlen(path)) != 0)
        return NULL;
    parameters = urlencoded_parse(arena, text_of(next + strlen(path)));
    if (find_target(&authorization, &err) < 0)
        return NULL;
    return source_of(arena, origin_of(arena, authorization.redirect_uri));
}

static int ask(const struct authorization *authorization, const struct session *session)
{
    struct exchange *exchange = authorization->exchange;
    const char *origin = origin_of(exchange->call.arena, authorization->redirect_uri);
    struct consent_page_parameter repeated[ARRAY_LENGTH(parameter_names)];
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(parameter_names); i++) {
        struct text value = parameter(authorization, parameter_names[i]);

        if (value.data != NULL)
            repeated[count++] = (struct consent_page_parameter){text_of(parameter_names[i]), value};
    }
    return consent_page_show(exchange, source_of(exchange->call.arena, origin),
                             CONSENT_PAGE(.client = authorization->client.name, .username = session->username,
                                          .destination = text_of(origin), /* http can only be a loopback address */
                                          .is_native = strncmp(origin, "https://", 8) != 0, .parameters = repeated,
                                          .parameter_count = count,
                                          .here = text_of(signed_in_here(exchange, "/auth/authorize"))));
}

/* Sends the person back with a code; unasked, only if that is as good as asked. */
static int allow(const struct authorization *authorization, const struct session *session, bool is_unasked,
                 struct error *err)
{
    const struct call *call = &authorization->exchange->call;
    struct text given = parameter(authorization, "redirect_uri");
    struct code_request request = {
        .client_id = authorization->client.id,
        .account_id = session->account_id,
        .session_id = session->id,
        .is_unasked = is_unasked,
        .redirect_uri = given.data == NULL ? TEXT("") : given,
        .challenge = parameter(authorization, "code_challenge"),
    };
    char code[SECRET_TEXT_SIZE];
    int result;

    if (code_issue(call, &request, code, err) < 0)
        return -1;
    result = answer(authorization, "code", code, NULL, err);
    memory_wipe(code, sizeof(code));
    return result;
}

/* True if nobody else can have sent this request in the client's name and get the answer: it has a secret, or only it
 * has the redirect URI's host. On the person's own machine any program may listen, so people are asked each time (RFC
 * 8252, 8.6), except about what an administrator trusts. */
static bool is_known_for_sure(const struct authorization *authorization)
{
    const struct client *client = &authorization->client;

    return client->is_confidential || client->is_trusted ||
           strncmp(authorization->redirect_uri.data, "https://", 8) == 0;
}

/* Answers GET. The person signs in before any redirect to the client, so that nobody is sent elsewhere without seeing a
 * page (RFC 9700, 4.11.2). */
int handle_authorize(struct exchange *exchange, struct error *err)
{
    struct authorization authorization = {.exchange = exchange, .parameters = &exchange->request->query};
    struct session session;

    if (find_target(&authorization, err) < 0 ||
        signed_in_require(exchange, signed_in_here(exchange, "/auth/authorize"), &session, err) < 0)
        return -1;
    if (check(&authorization, err) < 0)
        return answer_error(&authorization, err);
    if (!is_known_for_sure(&authorization))
        return ask(&authorization, &session);
    if (allow(&authorization, &session, true, err) == 0)
        return 0;
    return err->kind == ERR_CONSENT_REQUIRED ? ask(&authorization, &session) : -1;
}

/* Writes the request as an address of ours, to come back to it. */
static const char *request_address(const struct authorization *authorization)
{
    struct arena *arena = authorization->exchange->service->arena;
    CLEANUP(buf_release) struct buf url;

    buf_init(&url, REDIRECT_BYTES_MAX);
    buf_add_literal(&url, "/auth/authorize");
    for (size_t i = 0; i < ARRAY_LENGTH(parameter_names); i++)
        add_parameter(&url, parameter_names[i], parameter(authorization, parameter_names[i]));
    return arena_strndup(arena, url.data, url.length);
}

static int decide(const struct authorization *authorization, struct error *err)
{
    struct session session;

    if (signed_in_require(authorization->exchange, request_address(authorization), &session, err) < 0)
        return -1;
    if (check(authorization, err) < 0)
        return answer_error(authorization, err);
    if (!text_equal(parameter(authorization, "decision"), TEXT("allow"))) {
        error_set(err, ERR_ACCESS_DENIED, "The person has denied access.");
        return answer_error(authorization, err);
    }
    return allow(authorization, &session, false, err);
}

/* Answers POST of an authorization request (RFC 6749, 3.1) like GET, when the parameters are in the address. */
static int turn_into_get(const struct authorization *authorization, struct error *err)
{
    struct exchange *exchange = authorization->exchange;
    struct arena *arena = exchange->service->arena;
    const char *query = parameters_encode(arena, authorization->parameters);

    if (strlen(query) > AUTHORIZE_REQUEST_BYTES_MAX)
        return refuse_application(N_("Its request is longer than fits here."), err);
    return redirect_to(exchange, arena_printf(arena, "/auth/authorize?%s", query), err);
}

int handle_authorize_form(struct exchange *exchange, struct error *err)
{
    struct authorization authorization = {.exchange = exchange, .parameters = &exchange->form};

    if (!browser_has_decided(exchange))
        return turn_into_get(&authorization, err);
    return find_target(&authorization, err) < 0 ? -1 : decide(&authorization, err);
}
