#include "device.h"

#include <string.h>

#include "base/digest.h"
#include "base/random.h"
#include "base/text.h"
#include "db/db_unit.h"
#include "device_sql.h"
#include "domain/access/secret.h"
#include "domain/events/event.h"

#define INTERVAL_S 5
#define USER_CODE_DASH 4 /* where it stands */
#define START_ATTEMPTS 3
/* The clock of a client may run differently from ours. */
#define TOLERANCE_US (US_PER_S / 2)

/* No vowels, so no words (RFC 8628, 6.1): 20 letters, 8 of them, 34.5 bits. */
static const char alphabet[] = "BCDFGHJKLMNPQRSTVWXZ";
#define ALPHABET_LENGTH (sizeof(alphabet) - 1)

static char random_letter(void)
{
    uint8_t random;

    do {
        random_fill(&random, sizeof(random));
    } while (random >= 256 / ALPHABET_LENGTH * ALPHABET_LENGTH); /* every letter is equally likely */
    return alphabet[random % ALPHABET_LENGTH];
}

static struct digest digest_of_user_code(const char *user_code)
{
    return digest_of(user_code, DEVICE_USER_CODE_SIZE - 1);
}

static void make_user_code(char out[DEVICE_USER_CODE_SIZE])
{
    for (size_t i = 0; i < DEVICE_USER_CODE_SIZE - 1; i++)
        out[i] = random_letter();
    out[USER_CODE_DASH] = '-';
    out[DEVICE_USER_CODE_SIZE - 1] = '\0';
}

bool device_read_user_code(struct text typed, char out[DEVICE_USER_CODE_SIZE])
{
    size_t length = 0;

    for (size_t i = 0; i < typed.length; i++) {
        char c = typed.data[i];

        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (c == '\0' || strchr(alphabet, c) == NULL)
            continue;
        if (length == DEVICE_USER_CODE_SIZE - 1)
            return false;
        if (length == USER_CODE_DASH)
            out[length++] = '-';
        out[length++] = c;
    }
    out[length] = '\0';
    return length == DEVICE_USER_CODE_SIZE - 1;
}

int device_start(const struct call *call, const struct device_request *request, struct device_codes *out,
                 struct error *err)
{
    struct device_params params = {
        .client = request->client,
        .device = id_is_nil(&request->device) ? id_new(call->now) : request->device,
        .user_agent = request->user_agent,
        .address = request->address,
        .interval_s = INTERVAL_S,
        .expires.us = call->now.us + DEVICE_LIFETIME_S * US_PER_S,
    };

    if (!id_parse(request->client, &params.client_id))
        params.client_id = (struct id){{0}};
    out->interval_s = INTERVAL_S;
    for (int attempt = 0; attempt < START_ATTEMPTS; attempt++) {
        params.id = id_new(call->now);
        params.digest = secret_make(SECRET_PREFIX_DEVICE_CODE, &params.id, out->device_code);
        make_user_code(out->user_code);
        params.user_digest = digest_of_user_code(out->user_code);
        if (db_execute(call->db, &device_sql_insert, &params, err) >= 0)
            return 0;
        if (err->kind != ERR_EXISTS) /* else the user code is already taken */
            return -1;
    }
    return error_set(err, ERR_INTERNAL, "No free code was found. Try again.");
}

int device_find(const struct call *call, const char *user_code, struct device_pending *out, struct error *err)
{
    struct device_params params = {.now = call->now, .user_digest = digest_of_user_code(user_code)};
    struct device_row row;
    int found = db_query_one(call->db, &device_sql_find_by_user_code, &params, call->arena, &row, err);
    if (found <= 0)
        return found;
    *out = (struct device_pending){
        .id = row.id, .client = row.client, .user_agent = row.user_agent, .address = row.address};
    return 1;
}

/* A person's decision on its way through its transaction. */
struct decision {
    const struct call *call;
    const struct device_pending *device;
    const struct session *session;
    bool is_approved;
};

static void record_decision(struct db_unit *unit, const struct decision *decision)
{
    const struct session *session = decision->session;
    struct event event = {
        .action = decision->is_approved ? "device.approved" : "device.denied",
        .actor = {.type = "user", .account_id = session->account_id, .credential_id = session->id},
        .account_id = session->account_id,
    };

    event_target(&event, "device", &decision->device->id, decision->device->user_agent);
    event_changed_text(&event, decision->call, "client_id", (struct text){NULL, 0}, decision->device->client);
    event_add(unit, decision->call, &event);
}

static int plan_decision(struct db_unit *unit, void *context, struct error *err)
{
    const struct decision *decision = context;
    const struct device_params params = {
        .id = decision->device->id,
        .status = decision->is_approved ? STATUS_APPROVED : STATUS_DENIED,
        .account_id = decision->session->account_id,
        .session_id = decision->session->id,
        .now = decision->call->now,
    };

    (void)err;
    db_unit_require(unit, &device_sql_decide, &params, ERR_NOT_FOUND,
                    N_("The code has just expired: start again on your device."));
    record_decision(unit, decision);
    return 0;
}

int device_decide(const struct call *call, const struct device_pending *device, const struct session *session,
                  bool is_approved, struct error *err)
{
    struct decision decision = {call, device, session, is_approved};
    struct db_work work = {.plan = plan_decision, .context = &decision};

    return event_transaction(call, &work, err);
}

/* A poll on its way through its transaction. */
struct poll {
    const struct call *call;
    struct id id;
    struct digest digest;
    struct text client;
    struct device_grant *out;
};

/* Refuses the poll, and records it. */
static int refuse_pending(struct poll *poll, struct db_unit *unit, const struct device_row *row)
{
    struct device_params params = {.id = row->id, .interval_s = row->interval_s, .now = poll->call->now};
    int64_t due_us = row->polled.us + row->interval_s * US_PER_S - TOLERANCE_US;
    bool is_too_soon = row->polled.us != 0 && params.now.us < due_us;

    if (is_too_soon)
        params.interval_s += INTERVAL_S;
    db_unit_add(unit, &device_sql_note_poll, &params);
    return is_too_soon
               ? db_unit_refuse(unit, ERR_SLOW_DOWN, "You ask too often: wait five seconds longer between requests.")
               : db_unit_refuse(unit, ERR_AUTHORIZATION_PENDING, "Nobody has approved this yet.");
}

static int grant(struct poll *poll, struct db_unit *unit, const struct device_row *row, struct error *err)
{
    struct device_grant *out = poll->out;
    struct device_params params = {.id = row->id};

    out->granted.account_id = row->account_id;
    out->granted.client = row->client;
    out->granted.client_id = row->client_id;
    out->device = row->device;
    out->user_agent = row->user_agent;
    out->address = row->address;
    if (grant_add(unit, poll->call, &row->session_id, "device_code", &out->granted, err) < 0)
        return -1;
    db_unit_add(unit, &device_sql_use, &params);
    return 0;
}

static int refuse_unknown(struct error *err)
{
    return error_set(err, ERR_INVALID_GRANT, "The device_code is unknown to this client, or has been used.");
}

static int plan_poll(struct db_unit *unit, void *context, struct error *err)
{
    struct poll *poll = context;
    struct device_params params = {.id = poll->id};
    struct device_row row;
    int found = db_query_one(poll->call->db, &device_sql_find_for_update, &params, poll->call->arena, &row, err);

    poll->out->granted.grant_id = (struct id){{0}};
    if (found < 0)
        return -1;
    if (found == 0 || !digest_equal(&row.digest, &poll->digest) || !text_equal(row.client, poll->client) ||
        row.client_has_ended || row.status == STATUS_USED)
        return refuse_unknown(err);
    if (row.status == STATUS_DENIED || (row.status == STATUS_APPROVED && !row.session_counts))
        return error_set(err, ERR_ACCESS_DENIED, "The person has denied access.");
    if (row.expires.us <= poll->call->now.us)
        return error_set(err, ERR_EXPIRED_TOKEN, "The code has expired; start again.");
    return row.status == STATUS_PENDING ? refuse_pending(poll, unit, &row) : grant(poll, unit, &row, err);
}

/* A refusal gives no grant, so it is done again. */
static int is_granted(struct db *db, void *context, struct error *err)
{
    struct poll *poll = context;

    return grant_exists(db, poll->call->arena, &poll->out->granted.grant_id, err);
}

int device_poll(const struct call *call, struct text device_code, struct text client, struct device_grant *out,
                struct error *err)
{
    struct poll poll = {.call = call, .client = client, .out = out};
    struct db_work work = {.plan = plan_poll, .locks = true, .is_done = is_granted, .context = &poll};

    if (!secret_read(device_code, SECRET_PREFIX_DEVICE_CODE, &poll.id, &poll.digest))
        return refuse_unknown(err);
    if (db_transaction(call->db, call->arena, &work, err) == 0)
        return 0;
    event_forget(call);
    return -1;
}
