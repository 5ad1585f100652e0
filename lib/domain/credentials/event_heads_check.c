/* The half of event_heads.h that looks at what was signed. */
#include <string.h>

#include "base/jsonr.h"
#include "base/jsonw.h"
#include "base/text.h"
#include "event_heads_private.h"

#define BATCH 100
#define LINE_BYTES_MAX ((size_t)8192)

/* A hash is as long as two ids. */
static bool read_hash(const json_t *object, const char *name, struct digest *out)
{
    const json_t *value = json_object_get(object, name);
    const char *text = json_string_value(value);
    struct id half;

    if (text == NULL || json_string_length(value) != DIGEST_TEXT_SIZE - 1)
        return false;
    for (size_t i = 0; i < 2; i++) {
        if (!id_parse((struct text){text + 32 * i, 32}, &half))
            return false;
        memcpy(out->bytes + sizeof(half.bytes) * i, half.bytes, sizeof(half.bytes));
    }
    return true;
}

static bool read_mark(const json_t *object, struct event_mark *out)
{
    const json_t *chain_id = json_object_get(object, "chain_id");
    const json_t *sequence = json_object_get(object, "sequence");

    out->sequence = json_integer_value(sequence);
    return json_is_string(chain_id) && id_parse(text_of(json_string_value(chain_id)), &out->chain_id) &&
           json_is_integer(sequence) && out->sequence >= 0 && read_hash(object, "hash", &out->hash);
}

/* What a signature says. */
struct claims {
    struct event_mark mark;
    int64_t pruned_sequence;
    struct digest pruned_hash;
    int64_t missing; /* as in struct event_heads_said */
    int64_t pruned_missing;
    int64_t accepted;
};

/* Checks the signature, and that it is of this row. */
static enum token_signature check_head(struct token_keys *keys, const struct event_heads_row *row, struct claims *out)
{
    CLEANUP(jwt_close) struct jwt token = jwt_open(row->signature);
    enum token_signature signature = token_keys_check_signature(keys, &token, EVENT_HEAD_TYPE);

    *out = (struct claims){.pruned_sequence = 0};
    if (signature != TOKEN_SIGNED && signature != TOKEN_KEY_LEAKED)
        return signature;
    out->pruned_sequence = json_integer_value(json_object_get(token.claims, "pruned_sequence"));
    out->missing = json_integer_value(json_object_get(token.claims, "missing"));
    out->pruned_missing = json_integer_value(json_object_get(token.claims, "pruned_missing"));
    out->accepted = json_integer_value(json_object_get(token.claims, "accepted"));
    return read_mark(token.claims, &out->mark) && read_hash(token.claims, "pruned_hash", &out->pruned_hash) &&
                   id_equal(&out->mark.chain_id, &row->chain_id) && out->mark.sequence == row->sequence &&
                   digest_equal(&out->mark.hash, &row->hash)
               ? signature
               : TOKEN_FORGED;
}

/* Before something is signed over */

/* An event that the head is of may be one of those whose loss was accepted. */
static bool fits_event(const struct event_heads_chain_row *row, const struct claims *claims)
{
    static const struct digest nothing;
    const struct event_chain *chain = &row->chain;

    if (claims->mark.sequence <= chain->pruned_sequence)
        return digest_equal(&claims->mark.hash, &chain->pruned_hash);
    return digest_equal(&claims->mark.hash, &row->head_hash) ||
           (claims->missing > 0 && digest_equal(&row->head_hash, &nothing));
}

const char *event_heads_doubt(struct token_keys *keys, const struct event_heads_chain_row *row,
                              struct event_heads_said *out)
{
    const struct event_chain *chain = &row->chain;
    struct claims claims;
    enum token_signature signature;

    *out = (struct event_heads_said){.must_sign = false};
    if (row->head.signature.data == NULL)
        return NULL;
    signature = check_head(keys, &row->head, &claims);
    if (signature == TOKEN_FORGED)
        return "the last head does not fit its signature";
    if (signature == TOKEN_KEY_UNKNOWN)
        return "the last head is signed by a key that is not in the file of signing keys";
    out->must_sign = signature == TOKEN_KEY_LEAKED;
    out->missing = claims.missing;
    out->pruned_missing = claims.pruned_missing;
    out->accepted = claims.accepted;
    if (claims.pruned_sequence != chain->pruned_sequence || !digest_equal(&claims.pruned_hash, &chain->pruned_hash))
        return "the last signed head has another checkpoint";
    if (claims.mark.sequence > chain->sequence || claims.mark.sequence < chain->pruned_sequence)
        return "the last signed head is of an event that is not there";
    if (!fits_event(row, &claims))
        return "the last signed head does not fit its event";
    return NULL;
}

/* Verifying */

void event_heads_open(struct event_heads *heads, const struct call *call)
{
    struct error err;

    *heads = (struct event_heads){.call = call};
    if (token_keys_open(call->config->signing_keys, &heads->keys, &err) < 0)
        heads->keys = NULL;
}

void event_heads_close(struct event_heads *heads)
{
    token_keys_close(heads->keys);
}

static const char *describe(const struct event_heads_row *row, struct arena *arena)
{
    char time[TIMESTAMP_TEXT_SIZE];

    timestamp_format(row->signed_at, time);
    return arena_printf(arena, "the signed head of %.10s", time);
}

int64_t event_heads_know(struct event_heads *heads, const struct event_chain *chain, struct arena *arena,
                         struct event_mark **out, const char **sentence, struct error *err)
{
    struct event_heads_params params = {.chain_id = chain->id};
    void *data = NULL;
    int64_t count = db_query_all(heads->call->db, &event_heads_sql_of_chain, &params, arena, &data, err);
    const struct event_heads_row *rows = data;
    int64_t marks = 0;

    *out = arena_alloc(arena, (size_t)(count > 0 ? count : 1) * sizeof(**out));
    for (int64_t i = 0; i < count; i++) {
        struct event_mark *mark = &(*out)[marks];
        struct claims claims = {.pruned_sequence = 0};
        enum token_signature signature =
            heads->keys == NULL ? TOKEN_KEY_UNKNOWN : check_head(heads->keys, &rows[i], &claims);
        bool is_readable = signature == TOKEN_SIGNED || signature == TOKEN_KEY_LEAKED;

        if (heads->keys != NULL && signature == TOKEN_KEY_UNKNOWN)
            *sentence = arena_printf(arena,
                                     "%s is signed by a key that is not in the file of signing keys: somebody has "
                                     "changed orgd_event_heads, or the file is not the one of then",
                                     describe(&rows[i], arena));
        else if (signature == TOKEN_FORGED)
            *sentence = arena_printf(arena, "%s does not fit its signature: somebody has changed orgd_event_heads",
                                     describe(&rows[i], arena));
        else if (is_readable && i == count - 1 && claims.pruned_sequence != chain->pruned_sequence)
            *sentence = arena_printf(
                arena, "%s says that events were removed for their age up to %lld, and not to %lld",
                describe(&rows[i], arena), (long long)claims.pruned_sequence, (long long)chain->pruned_sequence);
        heads->checked += signature == TOKEN_SIGNED || (is_readable && i < count - 1);
        heads->unchecked += heads->keys == NULL;
        heads->leaked += signature == TOKEN_KEY_LEAKED && i == count - 1;
        if (is_readable && i == count - 1)
            heads->missing += claims.pruned_missing;
        *mark = claims.mark;
        mark->source = describe(&rows[i], arena);
        marks += is_readable;
    }
    return count < 0 ? -1 : marks;
}

/* Printing */

static void write_line(struct buf *out, const struct event_heads_row *row)
{
    char chain_id[ID_TEXT_SIZE];
    char hash[DIGEST_TEXT_SIZE];
    char signed_at[TIMESTAMP_TEXT_SIZE];

    id_format(&row->chain_id, chain_id);
    digest_format(&row->hash, hash);
    timestamp_format(row->signed_at, signed_at);
    buf_printf(out,
               "{\"chain_id\":\"%s\",\"sequence\":%lld,\"hash\":\"%s\",\"signed_at\":\"%s\",\"signature\":", chain_id,
               (long long)row->sequence, hash, signed_at);
    jsonw_text(out, row->signature);
    buf_add_char(out, '}');
}

int event_heads_print(const struct call *call, void (*visit)(void *context, struct text line), void *context,
                      struct error *err)
{
    struct event_heads_params params = {.count = BATCH};
    struct arena *page = arena_open();
    int64_t count = 1;
    CLEANUP(buf_release) struct buf line;

    buf_init(&line, LINE_BYTES_MAX);
    while (count > 0) {
        const struct event_heads_row *rows;
        void *data = NULL;

        arena_reset(page);
        count = db_query_all(call->db, &event_heads_sql_newest, &params, page, &data, err);
        rows = data;
        for (int64_t i = 0; i < count; i++) {
            buf_reset(&line, LINE_BYTES_MAX);
            write_line(&line, &rows[i]);
            visit(context, (struct text){line.data, line.length});
            params.chain_id = rows[i].chain_id;
        }
    }
    arena_close(page);
    return count < 0 ? -1 : 0;
}

bool event_heads_read_line(struct text line, struct event_mark *out)
{
    CLEANUP(json_decrefp) json_t *object = jsonr_parse(line, 0, NULL);

    return read_mark(object, out);
}
