/* Mails: to see them, to try again, to try whether any go out. */
#include "mail.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "commands.h"
#include "domain/address.h"
#include "domain/mail/mail_list.h"
#include "domain/mail/mail_rules.h"
#include "domain/mail/mail_templates.h"

#define LIST_DEFAULT 100
#define LIST_MAX 10000
#define HOST_BYTES_MAX 256

static int require_mail(const struct config *config, struct error *err)
{
    if (mail_is_set(config))
        return 0;
    return error_set(err, ERR_VALIDATION, "no mail_server is set: there are no mails; see orgd.conf(5)");
}

int mail_way_open(struct mail_way *way, const struct invocation *in, struct error *err)
{
    const struct config *config = in->call.config;

    way->transport = NULL;
    if (require_mail(config, err) < 0)
        return -1;
    mail_server_open(&way->server, config, in->call.arena);
    mailer_open(&way->mailer, config);
    way->transport = mail_program(config->mail_server) == NULL ? &way->server.transport : &way->mailer.transport;
    return 0;
}

void mail_way_close(struct mail_way *way)
{
    mail_server_close(&way->server);
}

/* List */

static bool is_state(const char *value)
{
    return strcmp(value, "waiting") == 0 || strcmp(value, "sent") == 0 || strcmp(value, "failed") == 0;
}

static void add_row(const struct invocation *in, const struct mail_row *mail)
{
    struct output *output = in->output;

    output_row(output);
    output_id(output, "id", &mail->id);
    output_text(output, "kind", mail->kind);
    output_text(output, "recipient", mail->recipient);
    output_text(output, "state", mail->state);
    output_time(output, "created", mail->created);
    output_int(output, "attempts", mail->attempts);
    output_time(output, "next_attempt", mail->due);
    output_time(output, "given_up", mail->give_up);
    output_time(output, "done", mail->done);
    output_text(output, "answer", mail->answer);
}

int run_mail_list(const struct invocation *in, struct error *err)
{
    const char *state = command_option(in, "state");
    const struct mail_row *mails;
    int64_t limit;
    int64_t count;

    if (state != NULL && !is_state(state))
        return error_set(err, ERR_VALIDATION, "--state must be waiting, sent or failed");
    if (command_int(in, "limit", 1, LIST_MAX, LIST_DEFAULT, &limit, err) < 0)
        return -1;
    count = mail_list(&in->call, text_of(state), limit, &mails, err);
    if (count < 0)
        return -1;
    for (int64_t i = 0; i < count; i++)
        add_row(in, &mails[i]);
    output_list(in->output, "There are no such mails.");
    return 0;
}

/* Retry */

int run_mail_retry(const struct invocation *in, struct error *err)
{
    const char *value = command_option(in, "id");
    struct id id = {{0}};

    if (value != NULL && !id_parse(text_of(value), &id))
        return error_set(err, ERR_VALIDATION, "--id must be an id, as 'orgctl mail list' shows it");
    if (mail_retry(&in->call, &id, err) < 0)
        return -1;
    command_report(in, "tried again at once\n");
    command_show_null(in);
    return 0;
}

/* Test */

static int add_to_outbox(const struct invocation *in, const struct mail *mail, struct text host, struct error *err)
{
    if (mail_add_test(&in->call, mail, host, err) < 0)
        return -1;
    command_report(in, "added; 'orgctl mail list' shows what becomes of it\n");
    command_show_null(in);
    return 0;
}

static int send_at_once(const struct invocation *in, const struct mail *mail, struct text host, struct error *err)
{
    struct mail_texts texts = test_mail_write(&in->call, mail, TEST_MAIL(.host = host));
    const struct mail_row row = {
        .id = id_new(in->call.now),
        .recipient = mail->address,
        .language = texts.language,
        .subject = texts.subject,
        .text_body = texts.text,
        .html_body = texts.html,
        .created = in->call.now,
    };
    struct smtp_reply reply;
    enum smtp_outcome outcome;
    struct mail_way way;

    if (mail_way_open(&way, in, err) < 0)
        return -1;
    outcome = mail_send(&in->call, way.transport, &row, &reply);
    mail_way_close(&way);
    if (outcome != SMTP_SENT)
        return error_set(err, ERR_UNAVAILABLE, "the mail was not sent: %s", reply.said);
    command_report(in, "sent: %s\n", reply.said[0] == '\0' ? "the program has taken it" : reply.said);
    command_show_null(in);
    return 0;
}

int run_mail_test(const struct invocation *in, struct error *err)
{
    const struct mail mail = {
        .address = text_of(in->argument), .language = text_of(command_option(in, "language")), .useful_us = 0};
    char host[HOST_BYTES_MAX] = "";

    if (require_mail(in->call.config, err) < 0 || address_check(mail.address, err) < 0)
        return -1;
    gethostname(host, sizeof(host) - 1);
    return command_option(in, "outbox") != NULL ? add_to_outbox(in, &mail, text_of(host), err)
                                                : send_at_once(in, &mail, text_of(host), err);
}
