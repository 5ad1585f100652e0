#include "page.h"

#include <jose/b64.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/random.h"
#include "base/text.h"
#include "domain/access/secret.h"
#include "http/handlers.h"
#include "web/parameters.h"

/* 32 random bytes as base64url */
#define BROWSER_LENGTH 43
#define NEXT_BYTES_MAX 6000

/* Text has a contrast of 4.5 at least, edges and the focus one of 3, and all that is pressed is 2.75rem (44px) high:
 * tests/integration/test_pages.py measures it. */
static const char style[] =
    ":root{color-scheme:light dark;--page:#f2f4f7;--card:#fff;--line:#d5dae1;--text:#1c2128;--muted:#59636e;"
    "--edge:#767e89;--accent:#1a56b0;--on-accent:#fff;--inset:#f2f4f7;--bad:#b3261e;--on-bad:#fdeceb;--good:#1a7f37}"
    "@media(prefers-color-scheme:dark){:root{--page:#0f1216;--card:#1a1e24;--line:#323a44;--text:#e7eaee;"
    "--muted:#a5aeb9;--edge:#8b95a1;--accent:#8ab4f8;--on-accent:#0d1b30;--inset:#242a32;--bad:#f28b82;"
    "--on-bad:#3a2022;--good:#56c271}}"
    "*{box-sizing:border-box}"
    "body{margin:0;padding:1rem;min-height:100vh;min-height:100svh;display:flex;background:var(--page);"
    "color:var(--text);font:1.0625rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}"
    ".card{width:100%;max-width:27rem;margin:auto;padding:2rem;background:var(--card);border:1px solid var(--line);"
    "border-radius:.75rem;box-shadow:0 1px 3px #0000001a;overflow-wrap:anywhere}"
    "header{color:var(--muted);font-size:.9375rem;margin:0 0 .25rem}"
    "h1{font-size:1.5rem;line-height:1.3;margin:0 0 1.25rem}"
    "p{margin:0 0 1rem}"
    "strong,dd{unicode-bidi:isolate}"
    "label{display:block;font-weight:600;margin:1rem 0 .375rem}"
    "input{width:100%;min-height:2.75rem;padding:.5rem .75rem;font:inherit;color:inherit;background:var(--card);"
    "border:1px solid var(--edge);border-radius:.5rem}"
    "input[aria-invalid]{border-color:var(--bad)}"
    ".hint{color:var(--muted);font-size:.9375rem;margin:.375rem 0 0}"
    ".code{font:600 1.375rem/1.5 ui-monospace,monospace;letter-spacing:.12em;text-transform:uppercase}"
    "p.code{padding:.75rem;text-align:center;background:var(--inset);border-radius:.5rem}"
    "button{flex:1 1 7rem;min-height:2.75rem;padding:.5rem 1rem;font:inherit;font-weight:600;color:var(--on-accent);"
    "background:var(--accent);border:1px solid var(--accent);border-radius:.5rem;cursor:pointer}"
    "button:hover{filter:brightness(1.08)}"
    "button.plain{color:inherit;background:var(--card);border-color:var(--edge)}"
    "button.quiet{padding:.5rem 0;font-weight:400;text-align:start;text-decoration:underline;color:inherit;"
    "background:none;border-color:transparent}"
    ".buttons{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.5rem}"
    "form+form{margin-top:1rem;border-top:1px solid var(--line)}"
    "form+form .buttons{margin-top:.5rem}"
    ":focus-visible{outline:3px solid var(--accent);outline-offset:2px}"
    ".alert,.done{padding:.75rem 1rem;border-left:.25rem solid var(--bad);border-radius:.25rem;"
    "background:var(--on-bad)}"
    ".done{border-color:var(--good);background:var(--inset)}"
    "dl{margin:0 0 1rem;padding:.75rem 1rem;background:var(--inset);border-radius:.5rem}"
    "dt{color:var(--muted);font-size:.9375rem}dd{margin:0 0 .5rem}dd:last-child{margin:0}"
    "@media(max-width:30rem){body{padding:0;background:var(--card)}"
    ".card{margin:0;padding:1.5rem 1.25rem;border:0;border-radius:0;box-shadow:none}}";

static bool is_tls(const struct exchange *exchange)
{
    return strncmp(exchange->service->config->public_url, "https://", 8) == 0;
}

/* HTML */

static void add_escaped(struct buf *out, struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        switch (text.data[i]) {
        case '&':
            buf_add_literal(out, "&amp;");
            break;
        case '<':
            buf_add_literal(out, "&lt;");
            break;
        case '>':
            buf_add_literal(out, "&gt;");
            break;
        case '"':
            buf_add_literal(out, "&quot;");
            break;
        case '\'':
            buf_add_literal(out, "&#39;");
            break;
        default:
            buf_add_char(out, text.data[i]);
        }
    }
}

void page_add(struct exchange *exchange, const char *html, const struct text *texts, size_t count)
{
    struct buf *out = &exchange->response->body;
    size_t used = 0;

    for (const char *hole; (hole = strstr(html, "{}")) != NULL && used < count; html = hole + 2) {
        buf_add(out, html, (size_t)(hole - html));
        add_escaped(out, texts[used++]);
    }
    buf_add_string(out, html);
}

/* Nothing is loaded from anywhere, nobody may frame the page, and its forms go where they belong (RFC 9700, 4.16). */
static void add_policy(struct exchange *exchange, const char *form_target)
{
    struct digest digest = digest_of(style, sizeof(style) - 1);
    unsigned char hash[64];

    EVP_EncodeBlock(hash, digest.bytes, sizeof(digest.bytes));
    http_response_header(exchange->response, "Content-Security-Policy",
                         "default-src 'none'; style-src 'sha256-%s'; form-action 'self'%s%s; frame-ancestors 'none'; "
                         "base-uri 'none'",
                         (const char *)hash, form_target == NULL ? "" : " ", form_target == NULL ? "" : form_target);
    http_response_header(exchange->response, "X-Frame-Options", "DENY");
    http_response_header(exchange->response, "Referrer-Policy", "no-referrer");
}

void page_begin(struct exchange *exchange, const char *title, const char *form_target)
{
    exchange->response->content_type = "text/html; charset=utf-8";
    add_policy(exchange, form_target);
    PAGE_ADD(exchange,
             "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{} - Organizations API</title>"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>",
             text_of(title));
    page_html(exchange, style);
    PAGE_ADD(exchange,
             "</style></head>\n<body><div class=\"card\"><header>Organizations API</header>\n<main>\n<h1>{}</h1>\n",
             text_of(title));
}

void page_html(struct exchange *exchange, const char *html)
{
    buf_add_string(&exchange->response->body, html);
}

void page_end(struct exchange *exchange)
{
    page_html(exchange, "</main></div></body></html>\n");
}

int page_message(struct exchange *exchange, int status, const char *title, struct text sentence)
{
    buf_reset(&exchange->response->body, SIZE_MAX);
    exchange->response->status = status;
    page_begin(exchange, title, NULL);
    PAGE_ADD(exchange, "<p class=\"{}\" role=\"{}\">{}</p>\n", status >= 400 ? TEXT("alert") : TEXT("done"),
             status >= 400 ? TEXT("alert") : TEXT("status"), sentence);
    page_end(exchange);
    return 0;
}

static const char *title_of_problem(enum error_kind kind)
{
    switch (kind) {
    case ERR_UNKNOWN_APPLICATION:
        return "This application cannot sign you in";
    case ERR_LONG_ADDRESS:
        return "This address is too long";
    case ERR_STALE_FORM:
        return "This page is out of date";
    default:
        return "This did not work";
    }
}

void show_problem(struct exchange *exchange, const struct error *err)
{
    page_message(exchange, error_status(err->kind), title_of_problem(err->kind), text_of(err->message));
}

static int refuse_long_address(struct error *err)
{
    return error_set(err, ERR_LONG_ADDRESS, "The application has sent more than fits here.");
}

int page_redirect_to(struct exchange *exchange, const char *url, struct error *err)
{
    if (strlen(url) > LOCATION_BYTES_MAX)
        return refuse_long_address(err);
    exchange->response->status = 303;
    http_response_header(exchange->response, "Location", "%s", url);
    http_response_header(exchange->response, "Referrer-Policy", "no-referrer");
    return 0;
}

int page_redirect(struct exchange *exchange, const char *path, struct error *err)
{
    return page_redirect_to(exchange, arena_printf(exchange->service->arena, "%s%s", exchange->request->mount, path),
                            err);
}

/* Cookies */

static const char *cookie_name(const struct exchange *exchange, const char *name)
{
    return is_tls(exchange) ? arena_printf(exchange->service->arena, "__Host-%s", name) : name;
}

/* The value of a cookie (RFC 6265, 5.4), or a text without data. */
static struct text find_cookie(const struct exchange *exchange, const char *name)
{
    const char *at = http_request_variable(exchange->request, "HTTP_COOKIE");
    size_t length;

    name = cookie_name(exchange, name);
    length = strlen(name);
    while (at != NULL) {
        at += strspn(at, " ;");
        if (strncmp(at, name, length) == 0 && at[length] == '=')
            return (struct text){at + length + 1, strcspn(at + length + 1, "; ")};
        at = strchr(at, ';');
    }
    return (struct text){NULL, 0};
}

static void set_cookie(struct exchange *exchange, const char *name, const char *value)
{
    http_response_header(exchange->response, "Set-Cookie", "%s=%s; Path=/%s; HttpOnly; SameSite=Lax%s",
                         cookie_name(exchange, name), value == NULL ? "" : value, is_tls(exchange) ? "; Secure" : "",
                         value == NULL ? "; Max-Age=0" : "");
}

struct text page_session_cookie(const struct exchange *exchange)
{
    return find_cookie(exchange, "orgd_session");
}

void page_set_session_cookie(struct exchange *exchange, const char *value)
{
    set_cookie(exchange, "orgd_session", value);
}

/* Which browser this is, even before anybody has signed in; it gets a cookie if it has none. */
static struct text browser_of(struct exchange *exchange)
{
    struct text browser = find_cookie(exchange, "orgd_browser");
    uint8_t random[SECRET_BYTES];
    char *made;

    if (browser.length == BROWSER_LENGTH)
        return browser;
    random_fill(random, sizeof(random));
    made = arena_zalloc(exchange->service->arena, BROWSER_LENGTH + 1);
    jose_b64_enc_buf(random, sizeof(random), made, BROWSER_LENGTH);
    set_cookie(exchange, "orgd_browser", made);
    return text_of(made);
}

/* Forms: a token that only we can derive from what only this browser holds. */

static struct digest form_token(const struct exchange *exchange, struct text browser)
{
    struct text session = page_session_cookie(exchange);
    const char *source = arena_printf(exchange->service->arena, "form %.*s %.*s", (int)browser.length, browser.data,
                                      (int)session.length, session.data == NULL ? "" : session.data);

    return digest_of(source, strlen(source));
}

void page_form(struct exchange *exchange, const char *path)
{
    struct digest token = form_token(exchange, browser_of(exchange));
    char text[64] = "";

    jose_b64_enc_buf(token.bytes, sizeof(token.bytes), text, sizeof(text) - 1);
    PAGE_ADD(exchange, "<form method=\"post\" action=\"{}{}\">", text_of(exchange->request->mount), text_of(path));
    page_hidden(exchange, "form_token", text_of(text));
}

void page_hidden(struct exchange *exchange, const char *name, struct text value)
{
    if (value.data != NULL)
        PAGE_ADD(exchange, "<input type=\"hidden\" name=\"{}\" value=\"{}\">", text_of(name), value);
}

bool page_is_genuine(struct exchange *exchange, const struct urlencoded *form)
{
    struct text given = parameters_find(form, "form_token");
    struct text browser = find_cookie(exchange, "orgd_browser");
    struct digest expected = form_token(exchange, browser);
    struct digest token;

    if (form->has_too_many) {
        page_message(exchange, 400, "This did not work", TEXT("The form has too many fields."));
        return false;
    }
    if (given.data != NULL && browser.length == BROWSER_LENGTH &&
        jose_b64_dec_buf(given.data, given.length, token.bytes, sizeof(token.bytes)) == sizeof(token.bytes) &&
        digest_equal(&token, &expected))
        return true;
    page_message(exchange, 403, "This page is out of date",
                 TEXT("Somebody has signed in or out since it was opened, or cookies are turned off. Nothing was done. "
                      "Go back to where you came from and start again."));
    return false;
}

/* Sessions */

const char *page_here(const struct exchange *exchange, const char *path)
{
    struct arena *arena = exchange->service->arena;
    const struct urlencoded *query = &exchange->request->query;

    return query->count == 0 ? path : arena_printf(arena, "%s?%s", path, parameters_encode(arena, query));
}

int page_session(struct exchange *exchange, const char *next, struct session *out, struct error *err)
{
    const struct call *call = &exchange->call;
    int found = session_find(call, page_session_cookie(exchange), out, err);
    CLEANUP(buf_release) struct buf target;

    buf_init(&target, NEXT_BYTES_MAX);
    if (found != 0)
        return found;
    buf_add_literal(&target, "/auth/sign-in?next=");
    urlencoded_add(&target, text_of(next));
    return target.overflowed ? refuse_long_address(err) : page_redirect(exchange, target.data, err);
}
