#include "event_row.h"

#include "base/jsonw.h"

static void write_id(struct buf *out, const char *key, const struct id *id)
{
    jsonw_key(out, key);
    jsonw_id(out, id);
}

static void write_text(struct buf *out, const char *key, struct text text)
{
    jsonw_key(out, key);
    jsonw_text(out, text);
}

static void write_number(struct buf *out, const char *key, int64_t number)
{
    jsonw_key(out, key);
    buf_add_int(out, number);
}

/* What is JSON in the database. */
static void write_json(struct buf *out, const char *key, struct text json)
{
    jsonw_key(out, key);
    buf_add(out, json.data, json.length);
}

static void write_time(struct buf *out, const char *key, struct timestamp time)
{
    jsonw_key(out, key);
    jsonw_time(out, time);
}

static void write_actor(struct buf *out, const struct event_row *row)
{
    jsonw_key(out, "actor");
    buf_add_char(out, '{');
    write_text(out, "type", row->actor_type);
    write_id(out, "id", &row->actor_id);
    write_text(out, "name", row->actor_name);
    write_id(out, "credential_id", &row->actor_credential_id);
    buf_add_char(out, '}');
}

static void write_organization(struct buf *out, const struct event_row *row)
{
    jsonw_key(out, "organization");
    if (id_is_nil(&row->organization_id)) {
        buf_add_literal(out, "null");
        return;
    }
    buf_add_char(out, '{');
    write_id(out, "id", &row->organization_id);
    write_text(out, "name", row->organization_name);
    buf_add_char(out, '}');
}

static void write_context(struct buf *out, const struct event_row *row)
{
    jsonw_key(out, "context");
    buf_add_char(out, '{');
    write_text(out, "request_id", row->request_id);
    write_text(out, "address", row->address);
    write_text(out, "user_agent", row->user_agent);
    buf_add_char(out, '}');
}

static void write_hash(struct buf *out, const struct digest *hash)
{
    char text[DIGEST_TEXT_SIZE];

    digest_format(hash, text);
    jsonw_key(out, "hash");
    jsonw_string(out, text);
}

bool event_is_resource(struct text action)
{
    return action.length >= 2 && memcmp(action.data + action.length - 2, ".*", 2) == 0;
}

void event_row_write_json(struct buf *out, const struct event_row *row)
{
    buf_add_char(out, '{');
    write_id(out, "id", &row->id);
    write_number(out, "sequence", row->sequence);
    write_text(out, "action", row->action);
    write_time(out, "occurred_at", row->occurred_at);
    write_actor(out, row);
    write_organization(out, row);
    write_json(out, "targets", row->targets);
    write_context(out, row);
    write_json(out, "changes", row->changes);
    write_number(out, "count", row->count);
    write_number(out, "version", row->version);
    write_hash(out, &row->hash);
    buf_add_char(out, '}');
}
