#include "mail_delivery.h"

#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "mail_message.h"
#include "process/counters.h"
#include "web/mime.h"

#define ADDRESS_BYTES_MAX 512
/* Between two attempts to note what became of a mail, and for how long one that is told to end goes on with them. */
#define NOTE_PAUSE_US US_PER_S
#define NOTE_LAST_US (4 * US_PER_S)

/* The pauses after the first failure and the longest ones. */
struct pauses {
    int64_t first_s;
    int64_t longest_s;
};

/* Of a mail, as greylisting expects it; and of all, while the server is away. */
static const struct pauses of_mail = {60, 3600};
static const struct pauses of_server = {30, 300};

struct sending {
    const struct call *call; /* its arena is of one mail */
    struct mail_delivery *delivery;
    struct mail_claim claim;
    int64_t claim_end_us; /* monotonic */
    struct mail_row mail;
};

static const char *write_address(struct arena *arena, struct text address)
{
    CLEANUP(buf_release) struct buf out;

    buf_init(&out, ADDRESS_BYTES_MAX);
    mime_add_address(&out, address);
    return arena_strndup(arena, out.length == 0 ? "" : out.data, out.length);
}

enum smtp_outcome mail_send(const struct call *call, const struct mail_transport *transport,
                            const struct mail_row *mail, struct smtp_reply *reply)
{
    CLEANUP(buf_release) struct buf message;
    struct smtp_envelope envelope = {
        .from = write_address(call->arena, text_of(call->config->mail_from)),
        .to = write_address(call->arena, mail->recipient),
    };

    buf_init(&message, MAIL_MESSAGE_BYTES_MAX);
    mail_message_write(&message, call, mail);
    snprintf(reply->said, sizeof(reply->said), "memory ran out");
    if (message.overflowed || memory_has_run_out())
        return SMTP_UNREACHABLE;
    envelope.message = (struct text){message.data, message.length};
    return transport->send(transport->context, &envelope, reply);
}

/* What became of it */

static bool is_over(const struct sending *sending)
{
    return sending->delivery->is_over != NULL && sending->delivery->is_over(sending->delivery->context);
}

/* If nobody notes that a mail was sent, it is sent again. So this goes on for as long as the claim lasts. */
static int note(const struct sending *sending, const struct db_statement *statement, const struct mail_result *result,
                struct error *err)
{
    int64_t end_us = sending->claim_end_us;

    while (db_execute(sending->call->db, statement, result, err) < 0) {
        int64_t last_us = timestamp_monotonic_us() + NOTE_LAST_US;

        if (is_over(sending) && last_us < end_us)
            end_us = last_us;
        if (timestamp_monotonic_us() >= end_us)
            return -1;
        usleep(NOTE_PAUSE_US);
        memory_forget();
    }
    return 0;
}

static int64_t pause_of(const struct pauses *pauses, int64_t attempts)
{
    int64_t pause_s = pauses->first_s;

    for (int64_t i = 1; i < attempts && pause_s < pauses->longest_s; i++)
        pause_s *= 2;
    return pause_s < pauses->longest_s ? pause_s : pauses->longest_s;
}

static void log_outcome(enum log_level level, const struct mail_row *mail, const char *outcome, const char *answer)
{
    char id[ID_TEXT_SIZE];

    id_format(&mail->id, id);
    log_write(level, "mail %s (%s) %s: %s", id, mail->kind.data, outcome, answer);
}

static int note_end(const struct sending *sending, struct mail_result *result, struct error *err)
{
    bool is_sent = text_equal(result->state, TEXT("sent"));
    int64_t *count = is_sent ? &sending->delivery->sent : &sending->delivery->failed;

    (*count)++;
    counters_add(is_sent ? COUNTER_MAILS_SENT : COUNTER_MAILS_FAILED, 1);
    log_outcome(is_sent ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, &sending->mail, is_sent ? "was sent" : "failed",
                result->answer.data);
    return note(sending, &mail_sql_end, result, err);
}

static int note_put_off(const struct sending *sending, struct mail_result *result, const struct pauses *pauses,
                        struct error *err)
{
    sending->delivery->put_off++;
    counters_add(COUNTER_MAILS_PUT_OFF, 1);
    log_outcome(LOG_LEVEL_INFO, &sending->mail, "has to wait", result->answer.data);
    result->wait_s = pause_of(pauses, sending->mail.attempts);
    return note(sending, &mail_sql_put_off, result, err);
}

static int note_outcome(const struct sending *sending, enum smtp_outcome outcome, const struct smtp_reply *reply,
                        struct error *err)
{
    struct mail_result result = {.id = sending->claim.id,
                                 .claim = sending->claim.claim,
                                 .state = TEXT("failed"),
                                 .answer = text_of(reply->said)};

    switch (outcome) {
    case SMTP_SENT:
        result.state = TEXT("sent");
        return note_end(sending, &result, err);
    case SMTP_REFUSED:
        return note_end(sending, &result, err);
    case SMTP_PUT_OFF:
        return note_put_off(sending, &result, &of_mail, err);
    case SMTP_STOPPED:
        return note(sending, &mail_sql_give_back, &result, err);
    default:
        if (note_put_off(sending, &result, &of_server, err) < 0)
            return -1;
        return error_set(err, ERR_UNAVAILABLE, "no mail can be sent now: %s", reply->said);
    }
}

/* One mail */

static int send_claimed(struct sending *sending, struct error *err)
{
    const struct call *call = sending->call;
    struct smtp_reply reply = {"nobody could send it in time"};
    int found = db_query_one(call->db, &mail_sql_read, &sending->claim, call->arena, &sending->mail, err);

    if (found <= 0)
        return found;
    if (sending->mail.is_late) {
        if (sending->mail.answer.data != NULL)
            snprintf(reply.said, sizeof(reply.said), "%s", sending->mail.answer.data);
        return note_outcome(sending, SMTP_REFUSED, &reply, err);
    }
    return note_outcome(sending, mail_send(call, sending->delivery->transport, &sending->mail, &reply), &reply, err);
}

/* Returns 1 if there was a mail that is due, whoever has got it; 0 if there is none. */
static int send_next(const struct call *call, struct mail_delivery *delivery, struct error *err)
{
    struct sending sending = {.call = call, .delivery = delivery};
    int64_t claim_s = 2 * call->config->mail_timeout + 60;
    int found = db_query_one(call->db, &mail_sql_due, NULL, call->arena, &sending.claim, err);
    int64_t claimed;

    if (found <= 0)
        return found;
    sending.claim.claim = id_new(timestamp_now());
    sending.claim.claim_s = claim_s;
    sending.claim_end_us = timestamp_monotonic_us() + claim_s * US_PER_S;
    claimed = db_execute(call->db, &mail_sql_claim, &sending.claim, err);
    if (claimed <= 0)
        return claimed < 0 ? -1 : 1;
    return send_claimed(&sending, err) < 0 ? -1 : 1;
}

int mail_deliver(const struct call *call, struct mail_delivery *delivery, struct error *err)
{
    struct call inner = *call;
    int result = 1;

    inner.arena = arena_open();
    while (result > 0 && (delivery->is_over == NULL || !delivery->is_over(delivery->context))) {
        result = send_next(&inner, delivery, err);
        arena_reset(inner.arena);
    }
    arena_close(inner.arena);
    return result < 0 ? -1 : 0;
}

int mail_waiting(const struct call *call, struct mail_waiting_row *out, struct error *err)
{
    return db_query_one(call->db, &mail_sql_waiting, NULL, call->arena, out, err) < 0 ? -1 : 0;
}
