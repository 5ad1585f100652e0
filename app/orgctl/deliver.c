#include <signal.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "commands.h"
#include "domain/events/event_position.h"
#include "domain/mail/mail.h"
#include "mail.h"

/* As long as the lease of a process that was killed lasts, and longer. */
#define PATIENCE_US (5 * US_PER_S)
#define PAUSE_US (US_PER_S / 5)

static volatile sig_atomic_t is_stopped;

static void on_stop(int number)
{
    (void)number;
    is_stopped = 1;
}

/* A mail that is under way is sent, and noted as sent, before the command ends. A second signal ends it at once. What
 * the command was started to ignore, such as by nohup, stays ignored. */
static void hold_stops(void)
{
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
    const struct sigaction action = {.sa_handler = on_stop, .sa_flags = SA_RESTART | (int)SA_RESETHAND};

    for (size_t i = 0; i < ARRAY_LENGTH(stops); i++) {
        struct sigaction usual;

        sigaction(stops[i], NULL, &usual);
        if (usual.sa_handler != SIG_IGN)
            sigaction(stops[i], &action, NULL);
    }
}

static bool is_over(void *context)
{
    (void)context;
    return is_stopped != 0;
}

static int place_events(const struct invocation *in, int64_t *given, struct error *err)
{
    int64_t end_us = timestamp_monotonic_us() + PATIENCE_US;
    int result;

    while ((result = event_position_give(&in->call, NULL, NULL, given, err)) < 0 && err->kind == ERR_BUSY &&
           timestamp_monotonic_us() < end_us && is_stopped == 0)
        usleep(PAUSE_US);
    if (result == 0 || err->kind != ERR_BUSY)
        return result;
    command_report(in, "%s\n", err->message);
    return 0;
}

static int send_mails(const struct invocation *in, struct mail_delivery *delivery, struct error *err)
{
    struct mail_way way;
    int result;

    if (!mail_is_set(in->call.config))
        return 0;
    if (mail_way_open(&way, in, err) < 0)
        return -1;
    delivery->transport = way.transport;
    result = mail_deliver(&in->call, delivery, err);
    mail_way_close(&way);
    return result;
}

int run_deliver(const struct invocation *in, struct error *err)
{
    struct mail_delivery delivery = {.is_over = is_over};
    int64_t given = 0;

    hold_stops();
    if (place_events(in, &given, err) < 0)
        return -1;
    command_report(in, "%lld event%s placed\n", (long long)given, given == 1 ? "" : "s");
    if (send_mails(in, &delivery, err) < 0)
        return -1;
    if (mail_is_set(in->call.config))
        command_report(in, "%lld mail%s sent, %lld put off, %lld failed\n", (long long)delivery.sent,
                       delivery.sent == 1 ? "" : "s", (long long)delivery.put_off, (long long)delivery.failed);
    if (!command_shows_result(in))
        return 0;
    output_row(in->output);
    output_int(in->output, "events_placed", given);
    output_int(in->output, "mails_sent", delivery.sent);
    output_int(in->output, "mails_put_off", delivery.put_off);
    output_int(in->output, "mails_failed", delivery.failed);
    output_record(in->output);
    return 0;
}
