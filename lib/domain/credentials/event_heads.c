#include "event_heads.h"

#include <string.h>

#include "access_token.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "domain/events/event.h"
#include "domain/events/event_hashes.h"
#include "event_heads_private.h"
#include "event_heads_sql.h"

/* So many chains are looked up at once, and so many events removed. */
#define BATCH 100
#define PIECE 500
#define DAY_US (S_PER_DAY * US_PER_S)
/* How often others may be faster at one chain, before it is left to them. */
#define LOST_MAX 10
/* The lease lasts for a minute. This is long before its end, and longer than a piece takes. */
#define LEASE_RENEWED_US (20 * US_PER_S)
/* For the log: a reason not to sign a chain. */
#define EVENT_CHANGED "an event does not fit its hash"

/* A walk along all chains. */
struct keeper {
    struct call call; /* with an arena for one chain */
    struct event_keeping *keeping;
    struct token_keys *keys;
    struct event_heads_params *lease; /* NULL: it needs none */
    int64_t leased_us;                /* when the lease was taken last */
    bool looks_at_all;                /* at chains that have not changed since they were signed, too */
    bool is_over;                     /* the pace said so, or the lease is lost */
};

/* Returns 1 if this process has the lease now, 0 if not. */
static int take_lease(struct keeper *keeper, struct error *err)
{
    int64_t taken = db_execute(keeper->call.db, &event_heads_sql_take_lease, keeper->lease, err);

    keeper->leased_us = timestamp_monotonic_us();
    return taken < 0 ? -1 : taken > 0;
}

static bool keep_lease(struct keeper *keeper)
{
    struct error err;

    return keeper->lease == NULL || timestamp_monotonic_us() - keeper->leased_us < LEASE_RENEWED_US ||
           take_lease(keeper, &err) > 0;
}

static void rest(struct keeper *keeper, int64_t start_us)
{
    struct event_keeping *keeping = keeper->keeping;

    if (!keeping->rest(keeping->context, timestamp_monotonic_us() - start_us) || !keep_lease(keeper))
        keeper->is_over = true;
}

/* Signing */

static json_t *make_claims(const struct event_chain *chain, const struct event_heads_said *said, struct timestamp now)
{
    char chain_id[ID_TEXT_SIZE];
    char hash[DIGEST_TEXT_SIZE];
    char pruned_hash[DIGEST_TEXT_SIZE];

    id_format(&chain->id, chain_id);
    digest_format(&chain->hash, hash);
    digest_format(&chain->pruned_hash, pruned_hash);
    return json_pack("{s:s, s:I, s:s, s:I, s:s, s:I, s:I, s:I, s:I}", "chain_id", chain_id, "sequence",
                     (json_int_t)chain->sequence, "hash", hash, "pruned_sequence", (json_int_t)chain->pruned_sequence,
                     "pruned_hash", pruned_hash, "missing", (json_int_t)said->missing, "pruned_missing",
                     (json_int_t)said->pruned_missing, "accepted", (json_int_t)said->accepted, "iat",
                     (json_int_t)(now.us / US_PER_S));
}

static int make_head(struct keeper *keeper, const struct event_chain *chain, const struct event_heads_said *said,
                     const struct event_heads_row *former, struct event_heads_params *out, struct error *err)
{
    CLEANUP(json_decrefp) json_t *claims = make_claims(chain, said, keeper->call.now);
    struct timestamp_fields date;

    timestamp_to_fields(keeper->call.now, &date);
    out->chain_id = chain->id;
    out->month = (int64_t)date.year * 100 + date.month;
    if (out->month < former->month) /* the clock was set back: the newest head stays the newest */
        out->month = former->month;
    out->former_signature = former->signature;
    out->sequence = chain->sequence;
    out->occurred_at = chain->occurred_at;
    out->hash = chain->hash;
    out->now = keeper->call.now;
    return token_keys_sign(keeper->keys, claims, EVENT_HEAD_TYPE, keeper->call.arena, &out->signature, err);
}

/* Adds the head to what is written. Another process that has signed meanwhile is left to it: its head may say more. */
static void plan_head(struct db_unit *unit, const struct event_heads_row *former,
                      const struct event_heads_params *params)
{
    bool is_new = former->signature.data == NULL || former->month != params->month;

    db_unit_require(unit, is_new ? &event_heads_sql_add : &event_heads_sql_replace, params, ERR_BUSY,
                    "another process signs at this moment");
}

struct signing {
    struct keeper *keeper;
    const struct event_heads_row *former;
    struct event_heads_said said;
    struct event_heads_params params;
    bool is_pruning;
};

static int plan(struct db_unit *unit, void *context, struct error *err)
{
    const struct signing *signing = context;
    const struct event_heads_params *params = &signing->params;

    (void)err;
    if (signing->is_pruning) {
        db_unit_require(unit, &event_heads_sql_set_checkpoint, params, ERR_BUSY, "another process removes old events");
        db_unit_add(unit, &event_heads_sql_prune_actions, params);
        db_unit_add(unit, &event_heads_sql_prune_actors, params);
        db_unit_add(unit, &event_heads_sql_prune_suffered, params);
        db_unit_add(unit, &event_heads_sql_prune_targets, params);
        db_unit_add(unit, &event_heads_sql_prune_events, params);
    }
    plan_head(unit, signing->former, params);
    if (signing->is_pruning)
        db_unit_add(unit, &event_heads_sql_prune_heads, params);
    return 0;
}

/* Signs the end of the chain, together with what else the plan says. Returns 1, 0 if others were faster, or -1. */
static int sign(struct signing *signing, const struct event_chain *chain, struct error *err)
{
    const struct call *call = &signing->keeper->call;
    struct db_work work = {.plan = plan, .is_repeatable = true, .context = signing};

    if (make_head(signing->keeper, chain, &signing->said, signing->former, &signing->params, err) < 0)
        return -1;
    if (db_transaction(call->db, call->arena, &work, err) == 0)
        return 1;
    return err->kind == ERR_BUSY || err->kind == ERR_EXISTS ? 0 : -1;
}

/* A chain */

static void refuse(struct keeper *keeper, const struct event_chain *chain, const char *reason)
{
    char id[ID_TEXT_SIZE];

    id_format(&chain->id, id);
    log_error("events: %s in the chain %s, which is left alone; see 'orgctl event verify'", reason, id);
    keeper->keeping->refused_chains++;
}

/* Returns the first event up to a number that does not fit its hash, 0, or -1. */
static int64_t find_changed(const struct keeper *keeper, const struct event_chain *chain,
                            const struct event_heads_said *said, int64_t last, struct error *err)
{
    const struct event_hashes hashes = {.chain_id = chain->id,
                                        .sequence = chain->pruned_sequence,
                                        .hash = chain->pruned_hash,
                                        .trusted = said->accepted,
                                        .last = last};

    return event_hashes_check(&keeper->call, &hashes, err);
}

/* Finds out what is wrong with the chain. Whoever accepts that also wants to know of events that are missing or were
 * changed. */
static int look(struct keeper *keeper, const struct event_heads_chain_row *row, struct event_heads_said *said,
                const char **doubt, struct error *err)
{
    struct event_heads_params params = {.chain_id = row->chain.id};
    struct event_heads_missing_row found;
    int64_t changed;

    *doubt = event_heads_doubt(keeper->keys, row, said);
    if (!keeper->keeping->accepts)
        return 0;
    if (db_query_one(keeper->call.db, &event_heads_sql_missing, &params, keeper->call.arena, &found, err) < 0 ||
        (changed = find_changed(keeper, &row->chain, said, INT64_MAX, err)) < 0)
        return -1;
    if (changed > 0 && *doubt == NULL)
        *doubt = EVENT_CHANGED;
    if (found.missing != said->missing && *doubt == NULL)
        *doubt = "events are missing";
    said->missing = found.missing;
    if (*doubt != NULL) {
        said->accepted = row->chain.sequence;
        keeper->keeping->missing_events += found.missing;
    }
    return 0;
}

/* What was done with a chain. */
enum progress { CHAIN_FAILED = -1, CHAIN_DONE, CHAIN_LOST, CHAIN_MORE };

/* Returns how many events are missing of the piece and in front of it. */
static int64_t count_missing(const struct event_heads_piece_row *piece)
{
    return piece->sequence - piece->pruned_sequence - piece->count;
}

/* Finds out why a piece cannot be removed. */
static int look_at_piece(const struct keeper *keeper, const struct event_chain *chain,
                         const struct event_heads_piece_row *piece, const struct event_heads_said *said,
                         const char **doubt, struct error *err)
{
    int64_t missing = count_missing(piece);
    int64_t changed = 0;

    *doubt = NULL;
    if (piece->first <= piece->pruned_sequence || missing < 0)
        *doubt = "there are events again that were removed for their age";
    else if (missing > said->missing)
        *doubt = "old events are missing";
    else if ((changed = find_changed(keeper, chain, said, piece->sequence, err)) > 0)
        *doubt = EVENT_CHANGED;
    return changed < 0 ? -1 : 0;
}

/* Removes one piece, and signs the checkpoint in the same transaction. */
static enum progress prune_piece(struct keeper *keeper, const struct event_heads_chain_row *row,
                                 const struct event_heads_said *said, struct error *err)
{
    const struct call *call = &keeper->call;
    struct event_chain chain = row->chain;
    struct signing signing = {.keeper = keeper, .former = &row->head, .said = *said, .is_pruning = true};
    struct event_heads_params *params = &signing.params;
    struct event_heads_piece_row piece;
    struct event_heads_hash_row last;
    const char *doubt;
    int64_t missing;
    int result;

    params->chain_id = chain.id;
    params->before = keeper->keeping->before;
    params->count = PIECE;
    params->former_sequence = chain.pruned_sequence;
    if (db_query_one(call->db, &event_heads_sql_piece, params, call->arena, &piece, err) < 0)
        return CHAIN_FAILED;
    if (piece.count == 0 || piece.pruned_sequence != chain.pruned_sequence)
        return CHAIN_LOST;
    if (look_at_piece(keeper, &chain, &piece, said, &doubt, err) < 0)
        return CHAIN_FAILED;
    if (doubt != NULL) {
        refuse(keeper, &chain, doubt);
        return CHAIN_DONE;
    }
    missing = count_missing(&piece);
    signing.said.missing -= missing;
    signing.said.pruned_missing += missing;
    params->occurred_at = piece.occurred_at;
    result = db_query_one(call->db, &event_heads_sql_hash, params, call->arena, &last, err);
    if (result <= 0)
        return result < 0 ? CHAIN_FAILED : CHAIN_LOST;
    params->pruned_sequence = chain.pruned_sequence = piece.sequence;
    params->pruned_occurred_at = chain.pruned_occurred_at = piece.occurred_at;
    params->pruned_hash = chain.pruned_hash = last.hash;
    result = sign(&signing, &chain, err);
    if (result <= 0)
        return result < 0 ? CHAIN_FAILED : CHAIN_LOST;
    keeper->keeping->removed_events += piece.count;
    keeper->keeping->missing_events += missing;
    return CHAIN_MORE;
}

static enum progress sign_end(struct keeper *keeper, const struct event_heads_chain_row *row,
                              const struct event_heads_said *said, struct error *err)
{
    struct signing signing = {.keeper = keeper, .former = &row->head, .said = *said};
    int result = sign(&signing, &row->chain, err);

    if (result <= 0)
        return result < 0 ? CHAIN_FAILED : CHAIN_LOST;
    keeper->keeping->signed_heads++;
    return CHAIN_DONE;
}

/* A chain that began later than the daily round is left to the next one. Otherwise the round would not end where chains
 * begin faster than they are signed. */
static bool is_for_the_next_round(const struct keeper *keeper, const struct event_heads_chain_row *row)
{
    return keeper->lease != NULL && row->head.signature.data == NULL && row->oldest.us >= keeper->call.now.us;
}

/* Does the next thing that there is to do with a chain. */
static enum progress keep_once(struct keeper *keeper, const struct event_heads_chain_row *row, struct error *err)
{
    bool is_old = row->oldest.us != 0 && row->oldest.us < keeper->keeping->before.us;
    int64_t start_us = timestamp_monotonic_us();
    bool is_signed = row->head.signature.data != NULL && row->head.sequence == row->chain.sequence;
    struct event_heads_said said;
    const char *doubt;
    enum progress progress;

    if (is_for_the_next_round(keeper, row) || (is_signed && !is_old && !keeper->looks_at_all))
        return CHAIN_DONE;
    if (look(keeper, row, &said, &doubt, err) < 0)
        return CHAIN_FAILED;
    if (doubt != NULL && !keeper->keeping->accepts) {
        refuse(keeper, &row->chain, doubt);
        return CHAIN_DONE;
    }
    if (doubt != NULL)
        keeper->keeping->accepted_chains++;
    if (is_signed && !is_old && !said.must_sign && doubt == NULL)
        return CHAIN_DONE;
    progress = is_old ? prune_piece(keeper, row, &said, err) : sign_end(keeper, row, &said, err);
    rest(keeper, start_us);
    return progress;
}

/* What others do at the same time is no fault: then looks again, and goes on with what is left. */
static int keep_chain(struct keeper *keeper, const struct event_heads_chain_row *row, struct error *err)
{
    struct event_heads_params params = {.chain_id = row->chain.id};
    struct event_heads_chain_row current = *row;
    int lost = 0;
    int found = 1;

    while (found > 0 && lost < LOST_MAX && !keeper->is_over) {
        enum progress progress = keep_once(keeper, &current, err);

        if (progress == CHAIN_FAILED || progress == CHAIN_DONE)
            return progress == CHAIN_FAILED ? -1 : 0;
        lost = progress == CHAIN_LOST ? lost + 1 : 0;
        arena_reset(keeper->call.arena);
        found = db_query_one(keeper->call.db, &event_heads_sql_single, &params, keeper->call.arena, &current, err);
    }
    return found < 0 ? -1 : 0;
}

static int keep_chains(struct keeper *keeper, struct arena *page, struct error *err)
{
    struct event_heads_params params = {.count = BATCH};
    int64_t count = BATCH;

    while (count == BATCH && !keeper->is_over) {
        int64_t start_us = timestamp_monotonic_us();
        void *data = NULL;
        const struct event_heads_chain_row *rows;

        arena_reset(page);
        token_keys_begin(keeper->keys);
        keeper->looks_at_all = keeper->keeping->accepts || token_keys_have_leaked(keeper->keys);
        count = db_query_all(keeper->call.db, &event_heads_sql_chains, &params, page, &data, err);
        if (count < 0)
            return -1;
        rows = data;
        rest(keeper, start_us);
        for (int64_t i = 0; i < count && !keeper->is_over; i++) {
            params.chain_id = rows[i].chain.id;
            if (keep_chain(keeper, &rows[i], err) < 0)
                return -1;
            arena_reset(keeper->call.arena);
        }
    }
    return 0;
}

/* The blocks of positions whose events are gone. */
static int prune_blocks(struct keeper *keeper, struct error *err)
{
    struct event_heads_params params = {.count = PIECE};
    int64_t removed = PIECE;

    while (removed == PIECE && !keeper->is_over) {
        int64_t start_us = timestamp_monotonic_us();

        removed = db_execute(keeper->call.db, &event_heads_sql_prune_blocks, &params, err);
        rest(keeper, start_us);
    }
    return removed < 0 ? -1 : 0;
}

/* Returns 1 if all chains have had their turn, 0 if it was told to end, or -1. */
static int keep(const struct call *call, struct event_keeping *keeping, struct event_heads_params *lease,
                struct error *err)
{
    struct keeper keeper = {.call = *call, .keeping = keeping, .lease = lease, .leased_us = timestamp_monotonic_us()};
    struct arena *page;
    int result;

    if (token_keys_open(call->config->signing_keys, &keeper.keys, err) < 0)
        return -1;
    keeper.call.arena = arena_open();
    page = arena_open();
    result = keep_chains(&keeper, page, err) < 0 ? -1 : prune_blocks(&keeper, err);
    arena_close(page);
    arena_close(keeper.call.arena);
    token_keys_close(keeper.keys);
    return result < 0 ? -1 : !keeper.is_over;
}

/* A lease that cannot be given back ends by itself. What was not finished is begun anew soon, by whichever process. */
static int end_round(const struct call *call, const struct event_heads_params *lease, int result, struct error *err)
{
    struct error ignored;

    if (result > 0)
        return db_execute(call->db, &event_heads_sql_note_done, lease, err) < 0 ? -1 : 0;
    if (db_execute(call->db, &event_heads_sql_end_lease, lease, &ignored) < 0)
        log_debug("events: %s", ignored.message);
    return result;
}

int event_heads_keep_daily(const struct call *call, struct event_keeping *keeping, struct error *err)
{
    struct event_heads_params lease = {.holder = id_new(call->now)};
    int64_t taken = db_execute(call->db, &event_heads_sql_take_lease, &lease, err);

    if (taken <= 0)
        return taken < 0 ? -1 : 0;
    keeping->before.us = call->now.us - call->config->event_retention * DAY_US;
    return end_round(call, &lease, keep(call, keeping, &lease, err), err);
}

/* What an operator did is on record itself. */
struct operation {
    const struct call *call;
    const struct event_keeping *keeping;
};

static int plan_record(struct db_unit *unit, void *context, struct error *err)
{
    const struct operation *operation = context;
    const struct event_keeping *keeping = operation->keeping;
    struct event event = {.action = keeping->accepts ? "event.accepted" : "event.pruned",
                          .actor = event_caller(operation->call, &event.account_id)};

    (void)err;
    if (keeping->accepts) {
        event_changed_int(&event, operation->call, "chains_accepted", 0, keeping->accepted_chains);
        event_changed_int(&event, operation->call, "events_missing", 0, keeping->missing_events);
    } else {
        event_changed_time(&event, operation->call, "before", (struct timestamp){0}, keeping->before);
        event_changed_int(&event, operation->call, "events_removed", 0, keeping->removed_events);
        event_changed_int(&event, operation->call, "events_missing", 0, keeping->missing_events);
    }
    event_add(unit, operation->call, &event);
    return 0;
}

int event_heads_operate(const struct call *call, struct event_keeping *keeping, struct error *err)
{
    struct operation operation = {.call = call, .keeping = keeping};
    struct db_work work = {.plan = plan_record, .context = &operation};
    struct error recording;
    int result = keep(call, keeping, NULL, err) < 0 ? -1 : 0;

    if (keeping->removed_events + keeping->accepted_chains > 0 && event_transaction(call, &work, &recording) < 0) {
        *err = recording;
        return -1;
    }
    return result;
}
