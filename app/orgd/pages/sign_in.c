#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "domain/access/secret.h"
#include "http/handlers.h"
#include "http/problem.h"
#include "page.h"
#include "web/parameters.h"

/* Where one may go after signing in: our own pages, and nothing else. */
static const char *const destinations[] = {"/auth/authorize", "/auth/device"};

static bool is_destination(const char *next)
{
    for (const char *at = next; *at != '\0'; at++)
        if (*at <= ' ' || *at >= 0x7f)
            return false;
    for (size_t i = 0; i < ARRAY_LENGTH(destinations); i++) {
        size_t length = strlen(destinations[i]);

        if (strncmp(next, destinations[i], length) == 0 && (next[length] == '\0' || next[length] == '?'))
            return true;
    }
    return false;
}

/* A text without data if there is none, or none of ours. */
static struct text read_next(const struct urlencoded *parameters)
{
    struct text next = parameters_find(parameters, "next");

    return next.data != NULL && is_destination(next.data) ? next : (struct text){NULL, 0};
}

static int show_form(struct exchange *exchange, int status, struct text username, struct text next,
                     const char *complaint)
{
    /* An alert that a page opens with is not announced everywhere, but the description of the field in focus is. */
    struct text described = complaint == NULL ? TEXT("") : TEXT(" aria-describedby=complaint");
    struct text invalid = status == 400 || status == 403 ? TEXT(" aria-invalid=true") : TEXT("");

    exchange->response->status = status;
    page_begin(exchange, complaint == NULL ? "Sign in" : "Sign in: please try again",
               next.data == NULL ? NULL : authorize_form_target(exchange, next.data));
    if (complaint != NULL)
        PAGE_ADD(exchange, "<p class=\"alert\" role=\"alert\" id=\"complaint\">{}</p>\n", text_of(complaint));
    page_form(exchange, "/auth/sign-in");
    page_hidden(exchange, "next", next);
    PAGE_ADD(exchange,
             "\n<label for=\"username\">User name</label>\n"
             "<input id=\"username\" name=\"username\" value=\"{}\" autocomplete=\"username\" autocapitalize=\"none\" "
             "spellcheck=\"false\" required{}{}{}>\n",
             username, username.length == 0 ? TEXT(" autofocus") : TEXT(""), described, invalid);
    PAGE_ADD(exchange,
             "<label for=\"password\">Password</label>\n"
             "<input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" "
             "required{}{}{}>\n"
             "<div class=\"buttons\"><button type=\"submit\">Sign in</button></div></form>\n",
             username.length == 0 ? TEXT("") : TEXT(" autofocus"), described, invalid);
    page_end(exchange);
    return 0;
}

static int show_signed_in(struct exchange *exchange, const struct session *session)
{
    page_begin(exchange, "You are signed in", NULL);
    PAGE_ADD(exchange, "<p>Your user name is <strong>{}</strong>.</p>\n", session->username);
    page_form(exchange, "/auth/sign-out");
    page_html(exchange,
              "<div class=\"buttons\"><button type=\"submit\" class=\"plain\">Sign out</button></div></form>\n");
    page_end(exchange);
    return 0;
}

int handle_sign_in_page(struct exchange *exchange, struct error *err)
{
    const struct call *call = &exchange->call;
    struct text next = read_next(&exchange->request->query);
    struct session session;
    int found = session_find(call, page_session_cookie(exchange), &session, err);

    if (found < 0)
        return -1;
    if (found == 0)
        return show_form(exchange, 200, TEXT(""), next, NULL);
    return next.data == NULL ? show_signed_in(exchange, &session) : page_redirect(exchange, next.data, err);
}

/* What the person can do something about is said above the form, which is shown again. */
static int complain(struct exchange *exchange, struct text username, struct text next, const struct error *err)
{
    if (err->kind != ERR_TOO_MANY && err->kind != ERR_FORBIDDEN)
        return -1;
    problem_head(exchange, err);
    return show_form(exchange, exchange->response->status, username, next, err->message);
}

int handle_sign_in(struct exchange *exchange, struct error *err)
{
    const struct call *call = &exchange->call;
    struct urlencoded form = urlencoded_parse(call->arena, exchange->body);
    struct sign_in sign_in = {
        .username = urlencoded_find(&form, "username", NULL), /* what is no text is nobody's */
        .password = urlencoded_find(&form, "password", NULL),
        .address = http_request_variable(exchange->request, "REMOTE_ADDR"),
    };
    struct text username = parameters_find(&form, "username");
    struct text next = read_next(&form);
    char cookie[SECRET_TEXT_SIZE];

    if (!page_is_genuine(exchange, &form))
        return 0;
    if (sign_in.username.length == 0 || sign_in.password.length == 0)
        return show_form(exchange, 400, username, next, "Enter your user name and your password.");
    if (session_open(call, &sign_in, cookie, err) < 0)
        return complain(exchange, username, next, err);
    page_set_session_cookie(exchange, cookie);
    memory_wipe(cookie, sizeof(cookie));
    return page_redirect(exchange, next.data == NULL ? "/auth/sign-in" : next.data, err);
}

int handle_sign_out(struct exchange *exchange, struct error *err)
{
    const struct call *call = &exchange->call;
    struct urlencoded form = urlencoded_parse(call->arena, exchange->body);
    struct text next = read_next(&form);
    struct session session;
    int found;

    if (!page_is_genuine(exchange, &form))
        return 0;
    found = session_find(call, page_session_cookie(exchange), &session, err);
    if (found < 0 || (found > 0 && session_close(call, &session.id, err) < 0))
        return -1;
    page_set_session_cookie(exchange, NULL);
    if (next.data != NULL)
        return page_redirect(exchange, next.data, err);
    return page_message(exchange, 200, "You are signed out",
                        TEXT("Applications that you let in here have no access any more."));
}
