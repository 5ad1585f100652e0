#include <unistd.h>

#include "check.h"
#include "domain/mail/mail.h"
#include "domain/mail/mail_rules.h"
#include "domain/mail/mail_server.h"

/* Longer than greylisting takes, as far as anybody waits for a mail. */
#define LATE_S 1800

static void check_program(struct check *check, const char *path)
{
    if (access(path, X_OK) == 0)
        check_row(check, "mail server", CHECK_OK, "'orgctl deliver' starts %s", path);
    else
        check_row(check, "mail server", CHECK_FAILED,
                  "%s is no program that this user may execute: install it, or correct mail_server in orgd.conf", path);
}

static void check_server(struct check *check)
{
    const struct config *config = check->in->call.config;
    struct mail_server server;
    struct error err;

    mail_server_open(&server, config, check->in->call.arena);
    if (mail_server_look(&server, &err) == 0)
        check_row(check, "mail server", CHECK_OK, "%s", "");
    else
        check_row(
            check, "mail server", CHECK_FAILED,
            "%s takes no mails from here: %s. Correct mail_server and the settings below it in orgd.conf, or the server; "
            "then try 'orgctl mail test ADDRESS'",
            config->mail_server, err.message);
    mail_server_close(&server);
}

void check_mail(struct check *check)
{
    const struct config *config = check->in->call.config;

    if (!mail_is_set(config))
        return;
    if (mail_program(config->mail_server) != NULL)
        check_program(check, mail_program(config->mail_server));
    else
        check_server(check);
}

/* Without a courier that can send them, mails wait for a timer. */
void check_outbox(struct check *check)
{
    struct mail_waiting_row waiting;
    struct error err;

    if (!mail_is_set(check->in->call.config))
        return;
    if (mail_waiting(&check->in->call, &waiting, &err) < 0) {
        check_row(check, "mails", CHECK_FAILED, "%s", err.message);
        return;
    }
    check_number(check, "mails_waiting", (double)waiting.count, "", "");
    if (waiting.oldest_s > LATE_S)
        check_row(
            check, "mails", CHECK_WARNING,
            "mails wait (%lld), the oldest for %lld minutes: 'orgctl mail list --state waiting' says why. Where no pool "
            "runs, or mail_server names a program, run 'orgctl deliver' every minute",
            (long long)waiting.count, (long long)waiting.oldest_s / 60);
    else
        check_row(check, "mails", CHECK_OK, "%s", "");
}
