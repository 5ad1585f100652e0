#include "session.h"

#include "attempt.h"
#include "base/digest.h"
#include "base/text.h"
#include "db/db_unit.h"
#include "domain/access/secret.h"
#include "domain/events/refusal.h"
#include "domain/name.h"
#include "hashing.h"
#include "known_browser.h"
#include "password.h"
#include "process/counters.h"
#include "session_sql.h"

static struct text key_of_username(const struct call *call, struct text username)
{
    return username.length <= SESSION_USERNAME_BYTES_MAX ? name_key(call->arena, username) : TEXT("");
}

static int find_person(const struct call *call, struct text name_key, struct session_person_row *out, struct error *err)
{
    struct session_params params = {.name_key = name_key};

    *out = (struct session_person_row){.is_active = false};
    return db_query_one(call->db, &session_sql_person, &params, call->arena, out, err) < 0 ? -1 : 0;
}

/* Finds the session of a cookie's value. Returns 1, 0 if there is none, or -1. */
static int find(const struct call *call, const struct db_statement *statement, struct text cookie,
                struct session_row *out, struct error *err)
{
    struct session_params params = {.now = call->now};
    struct digest digest;
    int found;

    if (!secret_read(cookie, SECRET_PREFIX_SESSION, &params.id, &digest))
        return 0;
    found = db_query_one(call->db, statement, &params, call->arena, out, err);
    return found <= 0 ? found : digest_equal(&digest, &out->secret);
}

/* Records what a person did with a session of their own. `replaced` is the session that it takes the place of; NULL:
 * none. */
static void record(struct db_unit *unit, const struct call *call, const char *action, const struct session *session,
                   const struct session *replaced)
{
    struct event event = {
        .action = action,
        .actor = {.type = "user", .account_id = session->account_id, .credential_id = session->id},
        .account_id = session->account_id,
    };

    event_target(&event, "user", &session->account_id, session->username);
    if (replaced != NULL)
        event_changed_id(&event, call, "session_id", &replaced->id, &session->id);
    event_add(unit, call, &event);
}

/* Signing in */

/* The same whatever the reason, so that nobody learns which users exist. */
static const char wrong[] = N_("The user name or the password is wrong.");

/* The opening of a session, by a password that was verified. */
struct opening {
    const struct call *call;
    struct session_params params;
    struct text username;
    struct session previous; /* of the browser; nil: it had none */
    bool previous_is_open;
};

/* True if the same person goes on in this browser: then the event of the new session names the former one. */
static bool goes_on(const struct opening *opening)
{
    return !id_is_nil(&opening->previous.id) && id_equal(&opening->previous.account_id, &opening->params.account_id);
}

/* Ends the session that this browser had. */
static void end_previous(struct db_unit *unit, const struct opening *opening)
{
    struct session_params previous = {.id = opening->previous.id, .now = opening->params.now};

    db_unit_add(unit, &session_sql_end, &previous);
    db_unit_add(unit, &session_sql_take_over_grants, &opening->params);
    db_unit_add(unit, &session_sql_end_grants, &previous);
    if (opening->previous_is_open && !goes_on(opening))
        record(unit, opening->call, "user.signed_out", &opening->previous, NULL);
}

static int plan_opening(struct db_unit *unit, void *context, struct error *err)
{
    const struct opening *opening = context;
    const struct session session = {opening->params.id, opening->params.account_id, opening->username};

    (void)err;
    db_unit_require(unit, &session_sql_use_password, &opening->params, ERR_FORBIDDEN, wrong);
    db_unit_require(unit, &session_sql_insert, &opening->params, ERR_FORBIDDEN, wrong);
    if (!id_is_nil(&opening->params.previous_id))
        end_previous(unit, opening);
    db_unit_add(unit, &session_sql_end_oldest, &opening->params);
    record(unit, opening->call, "user.signed_in", &session, goes_on(opening) ? &opening->previous : NULL);
    return 0;
}

static int open_session(struct opening *opening, struct text previous, char cookie[SECRET_TEXT_SIZE], struct error *err)
{
    const struct call *call = opening->call;
    struct db_work work = {.plan = plan_opening, .context = opening};
    struct session_params *params = &opening->params;
    struct session_row ended;
    int found = find(call, &session_sql_find_any, previous, &ended, err);

    if (found < 0)
        return -1;
    if (found > 0)
        opening->previous = (struct session){ended.id, ended.account_id, ended.username};
    opening->previous_is_open = found > 0 && ended.is_open;
    params->previous_id = opening->previous.id;
    params->id = id_new(call->now);
    params->now = call->now;
    params->expires.us = call->now.us + call->config->session_lifetime * US_PER_S;
    params->secret = secret_make(SECRET_PREFIX_SESSION, &params->id, cookie);
    if (event_transaction(call, &work, err) < 0)
        return -1;
    actor_note(call->actor, &params->account_id, &params->id);
    return 0;
}

/* Notes what was verified, and the hash that takes its place if it is of an older kind. */
static void take_password(struct opening *opening, const struct sign_in *sign_in,
                          const struct session_person_row *person)
{
    struct session_params *params = &opening->params;
    struct arena *arena = opening->call->arena;

    opening->username = person->username;
    params->account_id = person->account_id;
    params->hash = params->verified_hash = person->hash;
    if (password_is_to_be_rehashed(arena, sign_in->password, person->hash))
        params->hash = password_hash(arena, sign_in->password);
    params->cost = password_hash_cost(params->hash);
}

/* Checks the password when it is this process's turn. */
static int check_password(struct opening *opening, const struct sign_in *sign_in,
                          const struct session_person_row *person, struct error *err)
{
    const struct call *call = opening->call;
    bool is_right;

    if (hashing_begin(call, err) < 0) {
        counters_add(COUNTER_PASSWORDS_REFUSED, 1);
        return -1;
    }
    is_right = password_verify(call->arena, sign_in->password, person->hash, person->costliest) && person->is_active;
    if (is_right)
        take_password(opening, sign_in, person);
    hashing_end(call);
    counters_add(COUNTER_PASSWORDS_CHECKED, 1);
    return is_right ? 0 : error_set(err, ERR_FORBIDDEN, wrong);
}

/* Counts the attempt and checks the password. An attempt that found no slot does not count. */
static int attempt(struct opening *opening, const struct sign_in *sign_in, const struct session_person_row *person,
                   struct error *err)
{
    const struct attempt_who who = {
        .name_key = opening->params.name_key,
        .account_id = person->account_id,
        .hash = person->hash,
        .address = sign_in->address,
        .browser = sign_in->browser,
        .known = sign_in->known,
    };
    struct throttle throttle;
    struct error failure;

    if (attempt_begin(&throttle, opening->call, &who, err) < 0)
        return -1;
    if (check_password(opening, sign_in, person, err) == 0)
        return throttle_forgive(&throttle, err);
    if (err->kind == ERR_BUSY && throttle_give_back(&throttle, &failure) < 0)
        *err = failure;
    return -1;
}

/* Notes a refusal that is one for security: not that others were signing in at that moment. */
static void note_refusal(const struct call *call, const struct session_person_row *person, const struct error *err)
{
    struct refusal refusal = {
        .kind = REFUSAL_SIGN_IN,
        .reason = person->is_active ? "wrong_password" : "account_deactivated",
        .subject = {person->account_id, person->username},
    };

    if (err->kind == ERR_TOO_MANY)
        refusal.reason = "too_many_attempts";
    if (err->kind == ERR_TOO_MANY || err->kind == ERR_FORBIDDEN)
        refusal_note(call, &refusal);
}

static int open_verified(struct opening *opening, const struct sign_in *sign_in,
                         const struct session_person_row *person, char cookie[SECRET_TEXT_SIZE], struct text *known,
                         struct error *err)
{
    const struct session_params *params = &opening->params;

    if (attempt(opening, sign_in, person, err) < 0)
        return -1;
    *known = known_browser_add(opening->call->arena, sign_in->known, &params->account_id, params->hash);
    /* The session comes last: if anything fails, nobody is signed in. */
    return open_session(opening, sign_in->previous, cookie, err);
}

static int sign_in_and_open(const struct call *call, const struct sign_in *sign_in, char cookie[SECRET_TEXT_SIZE],
                            struct text *known, struct error *err)
{
    struct opening opening = {.call = call, .params.name_key = key_of_username(call, sign_in->username)};
    struct session_person_row person;

    if (find_person(call, opening.params.name_key, &person, err) < 0)
        return -1;
    if (open_verified(&opening, sign_in, &person, cookie, known, err) == 0)
        return 0;
    note_refusal(call, &person, err);
    return -1;
}

static void count_sign_in(int result, const struct error *err)
{
    static const struct {
        enum error_kind kind;
        enum counter counter;
    } outcomes[] = {
        {ERR_FORBIDDEN, COUNTER_SIGN_INS_REFUSED},
        {ERR_TOO_MANY, COUNTER_SIGN_INS_THROTTLED},
        {ERR_BUSY, COUNTER_SIGN_INS_BUSY},
    };
    enum counter counter = result == 0 ? COUNTER_SIGN_INS_DONE : COUNTER_SIGN_INS_FAILED;

    for (size_t i = 0; result < 0 && i < ARRAY_LENGTH(outcomes); i++)
        if (outcomes[i].kind == err->kind)
            counter = outcomes[i].counter;
    counters_add(counter, 1);
}

int session_open(const struct call *call, const struct sign_in *sign_in, char cookie[SECRET_TEXT_SIZE],
                 struct text *known, struct error *err)
{
    int result = sign_in_and_open(call, sign_in, cookie, known, err);

    count_sign_in(result, err);
    return result;
}

int session_find(const struct call *call, struct text cookie, struct session *out, struct error *err)
{
    struct session_row row;
    int found = find(call, &session_sql_find, cookie, &row, err);

    if (found <= 0)
        return found;
    *out = (struct session){.id = row.id, .account_id = row.account_id, .username = row.username};
    actor_note(call->actor, &out->account_id, &out->id);
    return found;
}

/* Ending */

/* The end of a session, because its person wants it. */
struct closing {
    const struct call *call;
    struct session session;
};

static int plan_close(struct db_unit *unit, void *context, struct error *err)
{
    const struct closing *closing = context;
    const struct session_params params = {.id = closing->session.id, .now = closing->call->now};

    (void)err;
    db_unit_require(unit, &session_sql_end, &params, ERR_NOT_FOUND, "The session has ended already.");
    db_unit_add(unit, &session_sql_end_grants, &params);
    record(unit, closing->call, "user.signed_out", &closing->session, NULL);
    return 0;
}

static int end_session(const struct call *call, const struct session_row *row, struct error *err)
{
    struct closing closing = {call, {row->id, row->account_id, row->username}};
    struct db_work work = {.plan = plan_close, .context = &closing};

    if (event_transaction(call, &work, err) < 0)
        return err->kind == ERR_NOT_FOUND ? 0 : -1; /* somebody has ended it first */
    return 0;
}

int session_close(const struct call *call, struct text cookie, struct error *err)
{
    struct session_row row;
    int found = find(call, &session_sql_find_any, cookie, &row, err);

    if (found <= 0)
        return found;
    actor_note(call->actor, &row.account_id, &row.id);
    return end_session(call, &row, err);
}

void session_end_all(struct db_unit *unit, const struct id *account_id, struct timestamp now)
{
    struct session_params params = {.account_id = *account_id, .now = now};

    db_unit_add(unit, &session_sql_end_links, &params);
    db_unit_add(unit, &session_sql_end_all, &params);
    db_unit_add(unit, &session_sql_end_all_grants, &params);
    db_unit_add(unit, &session_sql_end_tokens, &params);
}

void session_plan_password(struct db_unit *unit, const struct call *call, const struct id *account_id, struct text hash)
{
    const struct session_params params = {
        .account_id = *account_id,
        .hash = hash,
        .cost = password_hash_cost(hash),
        .now = call->now,
    };

    db_unit_add(unit, &session_sql_set_hash, &params);
    session_end_all(unit, account_id, call->now);
}
