#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "domain/access/secret.h"
#include "domain/accounts/session.h"
#include "domain/mail/mail.h"
#include "http/browser.h"
#include "http/handlers.h"
#include "http/problem.h"
#include "http/redirect.h"
#include "language.h"
#include "message.h"
#include "pages/templates.h"
#include "web/parameters.h"

/* Says where a person may go after signing in: only to our own pages. */
static const char *const destinations[] = {"/auth/authorize", "/auth/device", "/account/invitation"};

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

/* Returns a text without data if there is none, or it is not a page of ours. */
static struct text read_next(const struct urlencoded *parameters)
{
    struct text next = parameters_find(parameters, "next");

    return next.data != NULL && is_destination(next.data) ? next : (struct text){NULL, 0};
}

/* Shows the form, with the complaint if there is one; problem_head() has then set the answer's status. */
static int show_form(struct exchange *exchange, struct text username, struct text next, struct text complaint)
{
    const char *form_target = next.data == NULL ? NULL : authorize_form_target(exchange, next.data);
    int status = exchange->response->status;

    return sign_in_page_show(exchange, form_target,
                             SIGN_IN_PAGE(.username = username, .is_new = username.length == 0, .next = next,
                                          .complaint = complaint, .is_wrong = status == 400 || status == 403,
                                          .has_mail = mail_is_set(exchange->service->config)));
}

int handle_sign_in_page(struct exchange *exchange, struct error *err)
{
    const struct text nothing = {NULL, 0};
    struct text next = read_next(&exchange->request->query);
    struct session session;
    int found = session_find(&exchange->call, browser_session(exchange), &session, err);

    if (found < 0)
        return -1;
    if (found == 0)
        return show_form(exchange, nothing, next, nothing);
    if (next.data != NULL)
        return redirect_to(exchange, next.data, err);
    return signed_in_page_show(exchange, NULL, SIGNED_IN_PAGE(.username = session.username));
}

static int sign_in(struct exchange *exchange, char cookie[SECRET_TEXT_SIZE], struct text *known, struct error *err)
{
    struct sign_in sign_in = {
        .username = text_trim(urlencoded_find(&exchange->form, "username", NULL)), /* one that is no text is nobody's */
        .password = urlencoded_find(&exchange->form, "password", NULL),
        .address = http_request_variable(exchange->request, "REMOTE_ADDR"),
        .previous = browser_session(exchange),
        .browser = browser_name(exchange),
        .known = browser_known(exchange),
    };

    if (sign_in.username.length == 0 || sign_in.password.length == 0)
        return error_set(err, ERR_INVALID_REQUEST, N_("Enter your user name and your password."));
    return session_open(&exchange->call, &sign_in, cookie, known, err);
}

/* Shows errors that the person can correct above the form. */
static int complain(struct exchange *exchange, struct text next, const struct error *err)
{
    if (err->kind != ERR_INVALID_REQUEST && err->kind != ERR_TOO_MANY && err->kind != ERR_BUSY &&
        err->kind != ERR_FORBIDDEN)
        return -1;
    problem_head(exchange, err);
    return show_form(exchange, parameters_find(&exchange->form, "username"), next, language_say_error(exchange, err));
}

static int lead_on(struct exchange *exchange, struct text next, struct error *err)
{
    return redirect_to(exchange, next.data == NULL ? "/auth/sign-in" : next.data, err);
}

/* Refuses a form that is out of date, unless somebody has signed in meanwhile, in another tab: then it has done its
 * duty.
 */
static int answer_stale_form(struct exchange *exchange, struct text next, struct error *err)
{
    const struct error stale = *err;
    struct session session;
    int found = session_find(&exchange->call, browser_session(exchange), &session, err);

    if (found > 0)
        return lead_on(exchange, next, err);
    if (found == 0)
        *err = stale;
    return -1;
}

int handle_sign_in(struct exchange *exchange, struct error *err)
{
    struct text next = read_next(&exchange->form);
    char cookie[SECRET_TEXT_SIZE];
    struct text known = {NULL, 0};

    if (browser_check_form(exchange, err) < 0)
        return err->kind == ERR_STALE_FORM ? answer_stale_form(exchange, next, err) : -1;
    if (sign_in(exchange, cookie, &known, err) < 0)
        return complain(exchange, next, err);
    browser_set_session(exchange, cookie);
    browser_set_known(exchange, known);
    memory_wipe(cookie, sizeof(cookie));
    return lead_on(exchange, next, err);
}

int handle_sign_out(struct exchange *exchange, struct error *err)
{
    struct text next = read_next(&exchange->form);

    if (session_close(&exchange->call, browser_session(exchange), err) < 0)
        return -1;
    browser_set_session(exchange, NULL);
    if (next.data != NULL)
        return redirect_to(exchange, next.data, err);
    return message_lead_on(exchange, N_("You are signed out"),
                           N_("Applications that you let in here have no access any more."), "/auth/sign-in",
                           N_("Sign in again"));
}
