#include "browser.h"

#include <jose/b64.h>
#include <string.h>

#include "base/digest.h"
#include "base/random.h"
#include "base/text.h"
#include "domain/access/secret.h"
#include "web/cookies.h"
#include "web/parameters.h"

#define SESSION "orgd_session"
#define BROWSER "orgd_browser"
#define KNOWN "orgd_known"

/* How long a browser is known after a sign-in: who comes once in half a year is. */
#define KNOWN_LIFETIME_S ((int64_t)180 * 24 * 3600)

/* 32 bytes as base64url */
#define ENCODED_LENGTH 43

/* What the configuration says counts, and no header of the request (RFC 9700, 2.6). */
static bool is_tls(const struct exchange *exchange)
{
    return strncmp(exchange->service->config->public_url, "https://", 8) == 0;
}

static struct text find_cookie(const struct exchange *exchange, const char *name)
{
    return cookies_find(exchange->request, name, is_tls(exchange));
}

static void set_cookie(struct exchange *exchange, const char *name, const char *value, int64_t lifetime_s)
{
    cookies_set(exchange->request, exchange->response, name, is_tls(exchange), value, lifetime_s);
}

struct text browser_session(const struct exchange *exchange)
{
    return find_cookie(exchange, SESSION);
}

void browser_set_session(struct exchange *exchange, const char *secret)
{
    set_cookie(exchange, SESSION, secret, 0);
}

struct text browser_name(const struct exchange *exchange)
{
    return find_cookie(exchange, BROWSER);
}

struct text browser_known(const struct exchange *exchange)
{
    return find_cookie(exchange, KNOWN);
}

void browser_set_known(struct exchange *exchange, struct text known)
{
    if (known.data != NULL)
        set_cookie(exchange, KNOWN, known.data, KNOWN_LIFETIME_S);
}

static struct text encode(struct arena *arena, const uint8_t bytes[SECRET_BYTES])
{
    char *text = arena_zalloc(arena, ENCODED_LENGTH + 1);

    jose_b64_enc_buf(bytes, SECRET_BYTES, text, ENCODED_LENGTH);
    return (struct text){text, ENCODED_LENGTH};
}

/* Which browser this is. */
static struct text identify(struct exchange *exchange)
{
    struct text browser = find_cookie(exchange, BROWSER);
    uint8_t random[SECRET_BYTES];

    if (browser.length == ENCODED_LENGTH)
        return browser;
    random_fill(random, sizeof(random));
    browser = encode(exchange->call.arena, random);
    set_cookie(exchange, BROWSER, browser.data, 0);
    return browser;
}

static struct digest token_of(const struct exchange *exchange, struct text browser)
{
    struct text session = browser_session(exchange);
    const char *source = arena_printf(exchange->call.arena, "form %.*s %.*s", (int)browser.length, browser.data,
                                      (int)session.length, session.data == NULL ? "" : session.data);

    return digest_of(source, strlen(source));
}

struct text browser_form_token(struct exchange *exchange)
{
    struct digest token = token_of(exchange, identify(exchange));

    return encode(exchange->call.arena, token.bytes);
}

static bool is_genuine(const struct exchange *exchange, struct text given)
{
    struct text browser = find_cookie(exchange, BROWSER);
    struct digest expected;
    struct digest token;

    if (given.length == 0 || browser.length != ENCODED_LENGTH)
        return false;
    expected = token_of(exchange, browser);
    return jose_b64_dec_buf(given.data, given.length, token.bytes, sizeof(token.bytes)) == sizeof(token.bytes) &&
           digest_equal(&token, &expected);
}

int browser_check_form(const struct exchange *exchange, struct error *err)
{
    const struct urlencoded *form = &exchange->form;

    if (form->has_too_many)
        return error_set(err, ERR_INVALID_REQUEST, N_("The form has too many fields."));
    if (is_genuine(exchange, parameters_find(form, "form_token")))
        return 0;
    return error_set(err, ERR_STALE_FORM,
                     N_("Somebody has signed in or out since it was opened, or cookies are turned off. Nothing was "
                        "done. Go back to where you came from and start again."));
}

bool browser_has_decided(const struct exchange *exchange)
{
    return parameters_find(&exchange->form, "decision").data != NULL;
}
