#include <assert.h>

#include "db/db_unit.h"
#include "fake_server.h"
#include "fake_widths.h"

static int unknown_outcome(struct error *err)
{
    return error_set(
        err, ERR_INTERNAL,
        "The connection to the database was lost while this was being saved. Read it again to see whether it was saved.");
}

/* First the session must be over in which the transaction was sent. */
static int ask_what_became(struct db *db, const struct db_work *work, struct error *err)
{
    for (int i = 0; i < FAKE_DOUBT_ATTEMPTS; i++) {
        char how;
        int done;

        db->is_connected = true;
        done = fake_ask(db, "(end of the session in doubt)", false, &how, err);
        if (how == '?')
            return unknown_outcome(err);
        if (how == '-')
            done = fake_unavailable(err);
        if (done == 0 && work->is_done != NULL)
            done = work->is_done(db, work->context, err);
        if (done >= 0 || err->kind != ERR_UNAVAILABLE)
            return done;
    }
    return unknown_outcome(err);
}

static int resolve_doubt(struct db *db, const struct db_work *work, struct error *err)
{
    int done;

    if (work->is_done == NULL && !work->is_repeatable)
        return unknown_outcome(err);
    db->is_in_doubt = true;
    done = ask_what_became(db, work, err);
    db->is_in_doubt = false;
    db->is_connected = false;
    db->failure = done == 0 ? DB_FAILURE_LOST : DB_FAILURE_NONE;
    if (done == 0)
        return fake_unavailable(err);
    return done < 0 ? -1 : 0;
}

static int run_step(struct db *db, const struct db_step *step, struct error *err)
{
    char how;

    if (fake_ask(db, step->statement->name, true, &how, err) < 0)
        return -1;
    if (how != '-' || !step->is_required)
        return 0;
    db->failure = step->kind == ERR_NONE ? DB_FAILURE_CONFLICT : DB_FAILURE_REFUSED;
    return step->kind == ERR_NONE ? fake_unavailable(err) : error_set(err, step->kind, "%s", step->message);
}

static int run_all(struct db *db, const struct db_unit *unit, struct error *err)
{
    size_t params = 0;
    char how;

    for (size_t i = 0; i < unit->count; i++)
        params += fake_widths_check(unit->steps[i].statement, unit->steps[i].params);
    assert(params <= DB_PARAMS_MAX);
    for (size_t i = 0; i < unit->count; i++)
        if (run_step(db, &unit->steps[i], err) < 0)
            return -1;
    return fake_ask(db, "COMMIT", false, &how, err);
}

/* All goes at once, so wherever the answer is lost, all of it may have been done. */
static int send(struct db *db, const struct db_unit *unit, const struct db_work *work, struct error *err)
{
    if ((unit->count == 0 && !unit->locks) || run_all(db, unit, err) == 0)
        return 0;
    return db->failure == DB_FAILURE_LOST || db->failure == DB_FAILURE_BUSY ? resolve_doubt(db, work, err) : -1;
}

static int attempt_transaction(struct db *db, struct db_unit *unit, const struct db_work *work, struct error *err)
{
    char how;
    int result;

    if (fake_ask(db, unit->locks ? "START TRANSACTION" : "(connection for a transaction)", false, &how, err) < 0)
        return -1;
    db->in_transaction = unit->is_open = unit->locks;
    unit->count = 0;
    unit->refusal.kind = ERR_NONE;
    result = work->plan(unit, work->context, err);
    if (result == 0)
        result = send(db, unit, work, err);
    db->in_transaction = false;
    return result;
}

static bool may_try_again(const struct db *db, const struct db_work *work, bool was_connected)
{
    return (db->failure == DB_FAILURE_LOST && work->is_repeatable) || db->failure == DB_FAILURE_CONFLICT ||
           fake_may_go_on(db, was_connected);
}

int db_transaction(struct db *db, struct arena *arena, const struct db_work *work, struct error *err)
{
    struct db_unit unit = {.arena = arena, .locks = work->locks};

    for (int attempt = 1;; attempt++) {
        bool was_connected = db->is_connected;

        if (attempt_transaction(db, &unit, work, err) == 0)
            break;
        if (attempt == DB_ATTEMPTS_MAX || !may_try_again(db, work, was_connected))
            return -1;
        unit.locks |= db->failure == DB_FAILURE_CONFLICT;
    }
    return unit.refusal.kind == ERR_NONE ? 0 : error_set(err, unit.refusal.kind, "%s", unit.refusal.message);
}
