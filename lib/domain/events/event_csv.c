#include "event_csv.h"

#include "base/csv.h"

/* Columns */

enum column_type { COLUMN_TEXT, COLUMN_ID, COLUMN_NUMBER, COLUMN_TIME, COLUMN_DIGEST };

struct column {
    const char *name;
    enum column_type type;
    size_t offset; /* of the value in struct event_row */
};

static const struct column columns[] = {
    {"id", COLUMN_ID, offsetof(struct event_row, id)},
    {"sequence", COLUMN_NUMBER, offsetof(struct event_row, sequence)},
    {"action", COLUMN_TEXT, offsetof(struct event_row, action)},
    {"occurred_at", COLUMN_TIME, offsetof(struct event_row, occurred_at)},
    {"actor_type", COLUMN_TEXT, offsetof(struct event_row, actor_type)},
    {"actor_id", COLUMN_ID, offsetof(struct event_row, actor_id)},
    {"actor_name", COLUMN_TEXT, offsetof(struct event_row, actor_name)},
    {"actor_credential_id", COLUMN_ID, offsetof(struct event_row, actor_credential_id)},
    {"organization_id", COLUMN_ID, offsetof(struct event_row, organization_id)},
    {"organization_name", COLUMN_TEXT, offsetof(struct event_row, organization_name)},
    {"targets", COLUMN_TEXT, offsetof(struct event_row, targets)},
    {"request_id", COLUMN_TEXT, offsetof(struct event_row, request_id)},
    {"address", COLUMN_TEXT, offsetof(struct event_row, address)},
    {"user_agent", COLUMN_TEXT, offsetof(struct event_row, user_agent)},
    {"changes", COLUMN_TEXT, offsetof(struct event_row, changes)},
    {"count", COLUMN_NUMBER, offsetof(struct event_row, count)},
    {"version", COLUMN_NUMBER, offsetof(struct event_row, version)},
    {"hash", COLUMN_DIGEST, offsetof(struct event_row, hash)},
};

/* Rows */

static void add_id(struct buf *out, const struct id *id)
{
    char text[ID_TEXT_SIZE];

    if (id_is_nil(id))
        return;
    id_format(id, text);
    buf_add_string(out, text);
}

static void add_time(struct buf *out, struct timestamp time)
{
    char text[TIMESTAMP_TEXT_SIZE];

    timestamp_format(time, text);
    buf_add_string(out, text);
}

static void add_digest(struct buf *out, const struct digest *digest)
{
    char text[DIGEST_TEXT_SIZE];

    digest_format(digest, text);
    buf_add_string(out, text);
}

static void add_cell(struct buf *out, enum column_type type, const void *value)
{
    switch (type) {
    case COLUMN_TEXT:
        csv_add_for_spreadsheet(out, *(const struct text *)value);
        break;
    case COLUMN_ID:
        add_id(out, value);
        break;
    case COLUMN_NUMBER:
        buf_add_int(out, *(const int64_t *)value);
        break;
    case COLUMN_TIME:
        add_time(out, *(const struct timestamp *)value);
        break;
    case COLUMN_DIGEST:
        add_digest(out, value);
        break;
    }
}

void event_csv_write_heading(struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LENGTH(columns); i++) {
        if (i > 0)
            buf_add_char(out, ',');
        buf_add_string(out, columns[i].name);
    }
    buf_add_literal(out, "\r\n");
}

void event_csv_write(struct buf *out, const struct event_row *row)
{
    for (size_t i = 0; i < ARRAY_LENGTH(columns); i++) {
        if (i > 0)
            buf_add_char(out, ',');
        add_cell(out, columns[i].type, (const char *)row + columns[i].offset);
    }
    buf_add_literal(out, "\r\n");
}
