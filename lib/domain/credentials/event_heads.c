#include "event_heads.h"

#include <string.h>

#include "access_token.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "domain/events/event.h"
#include "event_heads_private.h"
#include "event_heads_sql.h"

/* So many chains are looked up at once, and so many events removed. */
#define BATCH 100
#define PIECE 500
#define DAY_US (S_PER_DAY * US_PER_S)

/* What a signature says */

static json_t *make_claims(const struct event_chain *chain, struct timestamp now)
{
    char chain_id[ID_TEXT_SIZE];
    char hash[DIGEST_TEXT_SIZE];
    char pruned_hash[DIGEST_TEXT_SIZE];

    id_format(&chain->id, chain_id);
    digest_format(&chain->hash, hash);
    digest_format(&chain->pruned_hash, pruned_hash);
    return json_pack("{s:s, s:I, s:s, s:I, s:s, s:I}", "chain_id", chain_id, "sequence", (json_int_t)chain->sequence,
                     "hash", hash, "pruned_sequence", (json_int_t)chain->pruned_sequence, "pruned_hash", pruned_hash,
                     "iat", (json_int_t)(now.us / US_PER_S));
}

/* Signing */

/* A walk along all chains. */
struct keeper {
    struct call call;
    struct event_keeping *keeping;
    struct token_keys *keys;
    bool is_over;
};

static void rest(struct keeper *keeper, int64_t start_us)
{
    struct event_keeping *keeping = keeper->keeping;

    if (!keeping->rest(keeping->context, timestamp_monotonic_us() - start_us))
        keeper->is_over = true;
}

static int make_head(struct keeper *keeper, const struct event_chain *chain, struct event_heads_params *out,
                     struct error *err)
{
    CLEANUP(json_decrefp) json_t *claims = make_claims(chain, keeper->call.now);
    struct timestamp_fields date;

    timestamp_to_fields(keeper->call.now, &date);
    out->chain_id = chain->id;
    out->month = (int64_t)date.year * 100 + date.month;
    out->sequence = chain->sequence;
    out->occurred_at = chain->occurred_at;
    out->hash = chain->hash;
    out->now = keeper->call.now;
    return token_keys_sign(keeper->keys, claims, EVENT_HEAD_TYPE, keeper->call.arena, &out->signature, err);
}

static void complain(const struct event_chain *chain, const char *reason)
{
    char id[ID_TEXT_SIZE];

    id_format(&chain->id, id);
    log_error("events: %s in the chain %s, which is left alone; see 'orgctl event verify'", reason, id);
}

/* True if the last signed head is still in the chain. Its event is found by its time. */
static int fits_last_head(struct keeper *keeper, const struct event_chain *chain, struct error *err)
{
    struct event_heads_params params = {.chain_id = chain->id};
    void *rows = NULL;
    int64_t count = db_query_all(keeper->call.db, &event_heads_sql_of_chain, &params, keeper->call.arena, &rows, err);
    const struct event_heads_row *last = (const struct event_heads_row *)rows + (count > 0 ? count - 1 : 0);
    struct event_heads_hash_row event;
    int found;

    if (count <= 0)
        return count < 0 ? -1 : 1;
    if (last->sequence <= chain->pruned_sequence)
        return last->sequence < chain->pruned_sequence || digest_equal(&last->hash, &chain->pruned_hash);
    params.occurred_at = last->occurred_at;
    found = db_query_one(keeper->call.db, &event_heads_sql_hash, &params, keeper->call.arena, &event, err);
    return found <= 0 ? found : digest_equal(&event.hash, &last->hash);
}

static int sign(struct keeper *keeper, const struct event_chain *chain, struct error *err)
{
    int64_t start_us = timestamp_monotonic_us();
    struct event_heads_params params = {.month = 0};
    int fits = fits_last_head(keeper, chain, err);

    if (fits == 0)
        complain(chain, "a signed head does not fit");
    if (fits <= 0)
        return fits;
    if (make_head(keeper, chain, &params, err) < 0 ||
        db_execute(keeper->call.db, &event_heads_sql_sign, &params, err) < 0)
        return -1;
    keeper->keeping->signed_heads++;
    rest(keeper, start_us);
    return 0;
}

/* Pruning */

static int plan_piece(struct db_unit *unit, void *context, struct error *err)
{
    const struct event_heads_params *params = context;

    (void)err;
    db_unit_require(unit, &event_heads_sql_set_checkpoint, params, ERR_BUSY, "another process removes old events");
    db_unit_add(unit, &event_heads_sql_prune_targets, params);
    db_unit_add(unit, &event_heads_sql_prune_events, params);
    db_unit_add(unit, &event_heads_sql_prune_heads, params);
    db_unit_add(unit, &event_heads_sql_sign, params);
    return 0;
}

/* Removes one piece, and signs the checkpoint in the same transaction. Moves that of `chain`. Returns 1 if there may be
 * more, 0 if not, or -1. */
static int prune_piece(struct keeper *keeper, struct event_chain *chain, struct error *err)
{
    const struct call *call = &keeper->call;
    struct event_heads_params params = {.chain_id = chain->id,
                                        .before = keeper->keeping->before,
                                        .count = PIECE,
                                        .former_sequence = chain->pruned_sequence};
    struct db_work work = {.plan = plan_piece, .is_repeatable = true, .context = &params};
    struct event_heads_piece_row piece;
    struct event_heads_hash_row last;

    if (db_query_one(call->db, &event_heads_sql_piece, &params, call->arena, &piece, err) < 0)
        return -1;
    if (piece.count == 0)
        return 0;
    if (piece.first != chain->pruned_sequence + 1 || piece.sequence - chain->pruned_sequence != piece.count) {
        complain(chain, "old events are missing");
        return 0;
    }
    params.occurred_at = piece.occurred_at;
    if (db_query_one(call->db, &event_heads_sql_hash, &params, call->arena, &last, err) <= 0)
        return err->kind == ERR_NONE ? 0 : -1;
    params.pruned_sequence = chain->pruned_sequence = piece.sequence;
    params.pruned_occurred_at = chain->pruned_occurred_at = piece.occurred_at;
    params.pruned_hash = chain->pruned_hash = last.hash;
    if (make_head(keeper, chain, &params, err) < 0 || db_transaction(call->db, call->arena, &work, err) < 0)
        return -1;
    keeper->keeping->removed_events += piece.count;
    return piece.count == PIECE;
}

static int prune(struct keeper *keeper, struct event_chain *chain, struct error *err)
{
    int fits = fits_last_head(keeper, chain, err);
    int more = fits;

    if (fits == 0)
        complain(chain, "a signed head does not fit");
    while (more > 0 && !keeper->is_over) {
        int64_t start_us = timestamp_monotonic_us();

        err->kind = ERR_NONE;
        more = prune_piece(keeper, chain, err);
        rest(keeper, start_us);
    }
    return more < 0 ? -1 : 0;
}

static int keep_chain(struct keeper *keeper, const struct event_heads_chain_row *row, struct error *err)
{
    struct event_chain chain = row->chain;

    if (row->oldest.us != 0 && row->oldest.us < keeper->keeping->before.us && prune(keeper, &chain, err) < 0)
        return -1;
    if (chain.pruned_sequence == row->chain.pruned_sequence && chain.sequence != row->signed_sequence)
        return sign(keeper, &chain, err);
    return 0;
}

static int keep_chains(struct keeper *keeper, struct error *err)
{
    struct event_heads_params params = {.count = BATCH};
    struct arena *page = arena_open();
    int64_t count = BATCH;
    int result = 0;

    while (count == BATCH && result == 0 && !keeper->is_over) {
        void *data = NULL;
        const struct event_heads_chain_row *rows;

        arena_reset(page);
        count = db_query_all(keeper->call.db, &event_heads_sql_chains, &params, page, &data, err);
        rows = data;
        for (int64_t i = 0; i < count && result == 0 && !keeper->is_over; i++) {
            params.chain_id = rows[i].chain.id;
            result = keep_chain(keeper, &rows[i], err);
            arena_reset(keeper->call.arena);
        }
    }
    arena_close(page);
    return count < 0 ? -1 : result;
}

int event_heads_keep(const struct call *call, struct event_keeping *keeping, struct error *err)
{
    struct keeper keeper = {.call = *call, .keeping = keeping};
    int result;

    if (token_keys_open(call->config->signing_keys, &keeper.keys, err) < 0)
        return -1;
    keeper.call.arena = arena_open();
    result = keep_chains(&keeper, err);
    arena_close(keeper.call.arena);
    token_keys_close(keeper.keys);
    return result;
}

int event_heads_keep_daily(const struct call *call, struct event_keeping *keeping, struct error *err)
{
    struct event_heads_params lease = {.holder = id_new(call->now)};
    int64_t taken = db_execute(call->db, &event_heads_sql_take_lease, &lease, err);

    if (taken <= 0)
        return taken < 0 ? -1 : 0;
    keeping->before.us = call->now.us - call->config->event_retention * DAY_US;
    if (event_heads_keep(call, keeping, err) < 0)
        return -1;
    return db_execute(call->db, &event_heads_sql_end_lease, &lease, err) < 0 ? -1 : 0;
}

/* What an operator removed is on record itself. */
struct pruned {
    const struct call *call;
    const struct event_keeping *keeping;
};

static int plan_record(struct db_unit *unit, void *context, struct error *err)
{
    const struct pruned *pruned = context;
    struct event event = {.action = "event.pruned", .actor = event_caller(pruned->call, &event.account_id)};

    (void)err;
    event_changed_time(&event, pruned->call, "before", (struct timestamp){0}, pruned->keeping->before);
    event_changed_int(&event, pruned->call, "events_removed", 0, pruned->keeping->removed_events);
    event_add(unit, pruned->call, &event);
    return 0;
}

int event_heads_prune(const struct call *call, struct event_keeping *keeping, struct error *err)
{
    struct pruned pruned = {.call = call, .keeping = keeping};
    struct db_work work = {.plan = plan_record, .context = &pruned};
    struct error recording;
    int result = event_heads_keep(call, keeping, err);

    if (keeping->removed_events > 0 && event_transaction(call, &work, &recording) < 0) {
        *err = recording;
        return -1;
    }
    return result;
}
