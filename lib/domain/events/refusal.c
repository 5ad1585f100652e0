#include "refusal.h"

#include "base/arena.h"
#include "base/text.h"
#include "event_origin.h"
#include "refusal_sql.h"

#define WINDOW_US (600 * US_PER_S)
#define ATTEMPTS_MAX 3

static const struct {
    const char *action;
    const char *subject; /* its type */
    const char *account; /* the type of the account that it belongs to, and that acts; NULL: nobody knows who acts */
} kinds[] = {
    [REFUSAL_NONE] = {NULL, NULL, NULL},
    [REFUSAL_SIGN_IN] = {"user.sign_in_refused", "user", NULL},
    [REFUSAL_PASSWORD_RESET] = {"user.password_reset_refused", "user", NULL},
    [REFUSAL_ADDRESS] = {"user.email_verification_refused", "user", NULL},
    [REFUSAL_API_KEY] = {"api_key.use_refused", "api_key", "service_account"},
    [REFUSAL_PERSONAL_TOKEN] = {"personal_token.use_refused", "personal_token", "user"},
    [REFUSAL_GRANT] = {"grant.use_refused", "grant", "user"},
    [REFUSAL_CLIENT] = {"client.authentication_refused", "client", NULL},
    [REFUSAL_ACCESS_TOKEN] = {"access_token.use_refused", "access_token", NULL},
};

void refusal_note(const struct call *call, const struct refusal *refusal)
{
    if (call->refusal != NULL)
        *call->refusal = *refusal;
}

void refusal_note_credential(const struct call *call, const struct credential *credential)
{
    enum refusal_kind kind = credential->kind == CREDENTIAL_OF_SERVICE ? REFUSAL_API_KEY : REFUSAL_PERSONAL_TOKEN;
    bool is_secret = !id_is_nil(&credential->id) && !credential->is_token && !credential->is_external;

    refusal_note(call, &(struct refusal){.kind = is_secret ? kind : REFUSAL_ACCESS_TOKEN, .credential = *credential});
}

const char *refusal_action(const struct refusal *refusal)
{
    return kinds[refusal->kind].action;
}

/* Finding whose a credential is */

static enum refusal_kind kind_of(struct text credential_kind)
{
    static const enum refusal_kind owned[] = {REFUSAL_API_KEY, REFUSAL_PERSONAL_TOKEN, REFUSAL_GRANT};

    for (size_t i = 0; i < ARRAY_LENGTH(owned); i++)
        if (text_equal(credential_kind, text_of(kinds[owned[i]].subject)))
            return owned[i];
    return REFUSAL_ACCESS_TOKEN;
}

/* Says whose the credential is, if it is anybody's. */
static int find_subject(const struct call *call, struct refusal *refusal, struct error *err)
{
    const struct credential *credential = &refusal->credential;
    struct refused_params params = {
        .id = credential->id,
        .is_token = credential->is_token,
        .account_id = credential->account_id,
        .digest = credential->digest,
        .presented = credential->presented,
    };
    struct refused_row row;
    int found = db_query_one(call->db, &refusal_sql_credential, &params, call->arena, &row, err);

    if (found <= 0)
        return found;
    refusal->kind = kind_of(row.kind);
    refusal->reason = arena_strndup(call->arena, row.reason.data, row.reason.length);
    refusal->subject = (struct event_party){credential->id, row.name};
    refusal->account = (struct event_party){row.account_id, row.account_name};
    refusal->organization = (struct event_party){row.organization_id, row.organization_name};
    return 0;
}

/* Writing events */

/* The end of a window: what was counted in it becomes an event, and the next one begins. */
struct window {
    const struct call *call;
    struct refusal_row refusal; /* the last one, or which */
    bool is_refused_now;        /* one more, which is in no row yet */
    bool has_ended;             /* and its event was written, not by somebody else */
};

static enum refusal_kind kind_of_action(struct text action)
{
    size_t kind = ARRAY_LENGTH(kinds) - 1;

    while (kind > REFUSAL_NONE && !text_equal(action, text_of(kinds[kind].action)))
        kind--;
    return (enum refusal_kind)kind;
}

static bool is_of_user(enum refusal_kind kind)
{
    return kind == REFUSAL_SIGN_IN || kind == REFUSAL_PASSWORD_RESET || kind == REFUSAL_ADDRESS;
}

/* Whose chain it goes to: the organization's of a key, a user's, or for a client that of the service. */
static void add_event(struct db_unit *unit, const struct window *window, int64_t count)
{
    const struct refusal_row *row = &window->refusal;
    enum refusal_kind kind = kind_of_action(row->action);
    struct call call = *window->call;
    struct event event = {
        .action = kinds[kind].action,
        .actor = {.type = "anonymous"},
        .organization = {row->organization_id, row->organization_name},
        .account_id = is_of_user(kind) ? row->subject_id : row->account_id,
        .count = count,
    };

    call.origin =
        (struct origin){.request_id = row->request_id, .address = row->address, .user_agent = row->user_agent};
    event_target(&event, kinds[kind].subject, &row->subject_id, row->subject_name);
    if (kinds[kind].account != NULL) {
        event.actor = (struct event_actor){
            .type = kinds[kind].account, .account_id = row->account_id, .credential_id = row->subject_id};
        event_target(&event, kinds[kind].account, &row->account_id, row->account_name);
    }
    event_changed_text(&event, &call, "reason", (struct text){NULL, 0}, row->reason);
    event_add(unit, &call, &event);
}

static int plan_window(struct db_unit *unit, void *context, struct error *err)
{
    struct window *window = context;
    struct db *db = window->call->db;
    struct arena *arena = window->call->arena;
    struct refusal_row row = {.pending = 0};
    int64_t count;
    int found;

    window->has_ended = false;
    if (window->is_refused_now && db_execute(db, &refusal_sql_ensure, &window->refusal, err) < 0)
        return -1;
    found = db_query_one(db, &refusal_sql_find_for_update, &window->refusal, arena, &row, err);
    if (found <= 0 || row.began.us > window->refusal.since.us)
        return found < 0 ? -1 : 0; /* somebody else was faster */
    count = row.pending + window->is_refused_now;
    if (count == 0)
        return 0;
    if (!window->is_refused_now) {
        row.now = window->refusal.now;
        row.since = window->refusal.since;
        window->refusal = row;
    }
    window->has_ended = true;
    db_unit_add(unit, &refusal_sql_begin, &window->refusal);
    add_event(unit, window, count);
    return 0;
}

static int end_window(struct window *window, struct error *err)
{
    struct db_work work = {.plan = plan_window, .locks = true, .context = window};

    return event_transaction(window->call, &work, err);
}

/* Counting */

static struct refusal_row describe(const struct call *call, const struct refusal *refusal)
{
    const struct origin origin = event_origin(call);

    return (struct refusal_row){
        .subject_id = refusal->subject.id,
        .action = text_of(kinds[refusal->kind].action),
        .reason = text_of(refusal->reason),
        .subject_name = refusal->subject.name,
        .account_id = refusal->account.id,
        .account_name = refusal->account.name,
        .organization_id = refusal->organization.id,
        .organization_name = refusal->organization.name,
        .request_id = origin.request_id,
        .address = origin.address,
        .user_agent = origin.user_agent,
        .now = call->now,
        .since.us = call->now.us - WINDOW_US,
    };
}

/* Counts one more in the window, if there is one, or begins one with an event. Where others do the same at the same
 * moment, one of them begins it, and the rest are counted. */
static int count_refusal(const struct call *call, const struct refusal *refusal, struct error *err)
{
    for (int attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
        struct window window = {call, describe(call, refusal), true, false};
        int64_t counted = db_execute(call->db, &refusal_sql_count, &window.refusal, err);

        if (counted != 0)
            return counted < 0 ? -1 : 0;
        if (end_window(&window, err) < 0)
            return -1;
        if (window.has_ended)
            return 0;
    }
    return error_set(err, ERR_UNAVAILABLE, "others write the same row all the time");
}

int refusal_record(const struct call *call, struct refusal *refusal, struct error *err)
{
    if (!id_is_nil(&refusal->credential.id) && find_subject(call, refusal, err) < 0)
        return -1;
    return id_is_nil(&refusal->subject.id) ? 0 : count_refusal(call, refusal, err);
}

/* Ends the windows of a piece that are over. Returns how many it looked at, or -1. */
static int64_t end_piece(const struct call *call, const struct refusal_row *params, struct error *err)
{
    void *rows = NULL;
    int64_t number = db_query_all(call->db, &refusal_sql_list, params, call->arena, &rows, err);
    const struct refusal_row *over = rows;

    for (int64_t i = 0; i < number; i++) {
        struct window window = {.call = call, .refusal = over[i]};

        window.refusal.now = call->now;
        window.refusal.since = params->since;
        if (end_window(&window, err) < 0)
            return -1;
    }
    return number;
}

int refusal_flush(const struct call *call, struct error *err)
{
    struct refusal_row params = {.since.us = call->now.us - WINDOW_US};
    struct call piece = *call;
    int64_t number = -1;

    piece.arena = arena_open();
    if (db_execute(call->db, &refusal_sql_forget, &params, err) >= 0)
        number = end_piece(&piece, &params, err);
    arena_close(piece.arena);
    return number < 0 ? -1 : number == REFUSAL_PIECE;
}
