#include "event_content.h"

#include "base/jcs.h"
#include "base/memory.h"

/* The canonical form. Names are in their order, which is fixed but for the fields of `changes`. */

void event_content_id(struct buf *buf, const char *name, const struct id *id)
{
    char text[ID_TEXT_SIZE];

    id_format(id, text);
    buf_printf(buf, id_is_nil(id) ? "\"%s\":null" : "\"%s\":\"%s\"", name, text);
}

void event_content_text(struct buf *buf, const char *name, struct text value)
{
    buf_printf(buf, "\"%s\":", name);
    jcs_text(buf, value);
}

void event_content_head(struct buf *buf, const struct event_row *row)
{
    buf_add_char(buf, '{');
    event_content_text(buf, "action", row->action);
    buf_add_literal(buf, ",\"actor\":{");
    event_content_id(buf, "credential_id", &row->actor_credential_id);
    buf_add_char(buf, ',');
    event_content_id(buf, "id", &row->actor_id);
    buf_add_literal(buf, ",\"name\":");
}

static void add_context(struct buf *buf, const struct event_row *row)
{
    buf_add_literal(buf, ",\"context\":{");
    event_content_text(buf, "address", row->address);
    buf_add_char(buf, ',');
    event_content_text(buf, "request_id", row->request_id);
    buf_add_char(buf, ',');
    event_content_text(buf, "user_agent", row->user_agent);
    buf_add_char(buf, '}');
}

static void add_organization(struct buf *buf, const struct event_row *row)
{
    if (id_is_nil(&row->organization_id)) {
        buf_add_literal(buf, ",\"organization\":null");
        return;
    }
    buf_add_literal(buf, ",\"organization\":{");
    event_content_id(buf, "id", &row->organization_id);
    buf_add_char(buf, ',');
    event_content_text(buf, "name", row->organization_name);
    buf_add_char(buf, '}');
}

void event_content_tail(struct buf *buf, const struct event_row *row)
{
    buf_add_char(buf, ',');
    event_content_text(buf, "type", row->actor_type);
    buf_add_literal(buf, "},\"changes\":");
    buf_add(buf, row->changes.data, row->changes.length);
    add_context(buf, row);
    buf_add_literal(buf, ",\"count\":");
    buf_add_int(buf, row->count);
    buf_add_char(buf, ',');
    event_content_id(buf, "id", &row->id);
    add_organization(buf, row);
    buf_add_literal(buf, ",\"targets\":");
    buf_add(buf, row->targets.data, row->targets.length);
    buf_add_char(buf, '}');
}

/* The hash */

static void add_number(struct buf *buf, int64_t number)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        buf_add_char(buf, (char)(uint8_t)((uint64_t)number >> shift));
}

/* SHA-256(version, 1 octet ‖ previous hash ‖ sequence, 8 ‖ occurred_at in microseconds, 8 ‖ SHA-256(content)). */
static bool make_hash_of_1(const struct event_row *row, const struct digest *previous, struct buf *scratch,
                           struct digest *out)
{
    struct digest content;

    buf_reset(scratch, EVENT_CONTENT_BYTES_MAX);
    event_content_head(scratch, row);
    jcs_text(scratch, row->actor_name);
    event_content_tail(scratch, row);
    if (scratch->overflowed)
        return false;
    content = digest_of(scratch->data, scratch->length);
    buf_reset(scratch, EVENT_CONTENT_BYTES_MAX);
    buf_add_char(scratch, 1);
    buf_add(scratch, previous->bytes, sizeof(previous->bytes));
    add_number(scratch, row->sequence);
    add_number(scratch, row->occurred_at.us);
    buf_add(scratch, content.bytes, sizeof(content.bytes));
    *out = digest_of(scratch->data, scratch->length);
    return !scratch->overflowed;
}

/* How hashes are made, by version: events of former versions stay as they are. */
static bool (*const versions[])(const struct event_row *row, const struct digest *previous, struct buf *scratch,
                                struct digest *out) = {[1] = make_hash_of_1};

bool event_version_is_known(int64_t version)
{
    return version >= 1 && version < (int64_t)ARRAY_LENGTH(versions);
}

bool event_hash(const struct event_row *row, const struct digest *previous, struct buf *scratch, struct digest *out)
{
    return versions[row->version](row, previous, scratch, out) || memory_ran_out(NULL) == 0;
}
