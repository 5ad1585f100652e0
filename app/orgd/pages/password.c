/* The pages for who has forgotten a password. */
#include "base/log.h"
#include "base/text.h"
#include "domain/accounts/password_reset.h"
#include "domain/mail/mail.h"
#include "http/handlers.h"
#include "http/problem.h"
#include "http/redirect.h"
#include "language.h"
#include "message.h"
#include "pages/templates.h"
#include "web/parameters.h"

int handle_change_password(struct exchange *exchange, struct error *err)
{
    if (redirect_to(exchange, "/account/forgotten-password", err) < 0)
        return -1;
    exchange->response->status = 302;
    return 0;
}

/* Asking for the mail */

static int show_no_mail(struct exchange *exchange)
{
    return message_show(exchange, N_("Forgotten password"),
                        N_("This service sends no mails. Ask who operates it to give you a new password."));
}

int handle_forgotten_password_page(struct exchange *exchange, struct error *err)
{
    const struct text nothing = {NULL, 0};

    (void)err;
    if (!mail_is_set(exchange->service->config))
        return show_no_mail(exchange);
    return forgotten_password_page_show(exchange, NULL,
                                        FORGOTTEN_PASSWORD_PAGE(.username = nothing, .complaint = nothing));
}

static int begin(struct exchange *exchange, struct text name, struct error *err)
{
    if (name.length == 0)
        return error_set(err, ERR_INVALID_REQUEST, N_("Enter your user name or your email address."));
    return password_reset_begin(&exchange->call, http_request_variable(exchange->request, "REMOTE_ADDR"), err);
}

static struct text name_of(const struct exchange *exchange)
{
    return text_trim(urlencoded_find(&exchange->form, "username", NULL));
}

static void send_mail(const struct exchange *exchange)
{
    struct error err;

    if (password_reset_mail(&exchange->call, name_of(exchange), &err) < 0)
        log_warning("a mail about a forgotten password was not written: %s", err.message);
}

/* The answer is the same for everybody, and leaves before anything is looked up. */
int handle_forgotten_password(struct exchange *exchange, struct error *err)
{
    if (!mail_is_set(exchange->service->config))
        return show_no_mail(exchange);
    if (begin(exchange, name_of(exchange), err) < 0) {
        if (err->kind != ERR_INVALID_REQUEST && err->kind != ERR_TOO_MANY)
            return -1;
        problem_head(exchange, err);
        return forgotten_password_page_show(
            exchange, NULL,
            FORGOTTEN_PASSWORD_PAGE(.username = parameters_find(&exchange->form, "username"),
                                    .complaint = language_say_error(exchange, err)));
    }
    exchange->afterwards = send_mail;
    return message_show(
        exchange, N_("Look into your mail"),
        N_("If there is such an account and its address is verified, a link is on its way there. It can "
           "be used once, within an hour. If nothing comes, look where unwanted mail goes, or ask who "
           "operates this service."));
}

/* By the link */

static int show_form(struct exchange *exchange, const struct mailed_link_visit *visit, struct text secret,
                     struct text complaint)
{
    return reset_password_page_show(
        exchange, NULL, RESET_PASSWORD_PAGE(.username = visit->username, .secret = secret, .complaint = complaint));
}

int handle_reset_password_page(struct exchange *exchange, struct error *err)
{
    struct text secret = parameters_find(&exchange->request->query, "secret");
    struct mailed_link_visit visit;

    if (mailed_link_open(&exchange->call, &mailed_link_password, secret, &visit, err) < 0)
        return -1;
    return show_form(exchange, &visit, secret, (struct text){NULL, 0});
}

/* Shows errors that the person can correct above the form, as long as the link counts. */
static int complain(struct exchange *exchange, struct text secret, struct error *err)
{
    struct mailed_link_visit visit;
    struct error over;

    if (err->kind != ERR_VALIDATION && err->kind != ERR_BUSY)
        return -1;
    if (mailed_link_open(&exchange->call, &mailed_link_password, secret, &visit, &over) < 0) {
        *err = over;
        return -1;
    }
    problem_head(exchange, err);
    return show_form(exchange, &visit, secret, language_say_error(exchange, err));
}

int handle_reset_password(struct exchange *exchange, struct error *err)
{
    struct text secret = parameters_find(&exchange->form, "secret");
    struct text password = urlencoded_find(&exchange->form, "password", NULL);

    if (password_reset_set(&exchange->call, secret, password, err) < 0)
        return complain(exchange, secret, err);
    return message_lead_on(exchange, N_("Your password is changed"),
                           N_("You are signed out everywhere. Sign in with the new password."), "/auth/sign-in",
                           N_("Sign in"));
}
