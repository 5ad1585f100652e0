/* Events as they are stored, and as JSON. A statement that reads them names their columns by EVENT_COLUMNS
 * (event_row_sql.h):
 *
 *     struct event_row row;
 *
 *     if (db_query_one(call->db, &…, &params, call->arena, &row, err) > 0)
 *         event_row_write_json(&out, &row);
 */
#ifndef ORGD_EVENT_ROW_H
#define ORGD_EVENT_ROW_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/id.h"
#include "base/timestamp.h"

/* The columns of orgd_events. What is NULL there is nil, 0, or a text without data here. */
struct event_row {
    struct id chain_id;
    struct timestamp occurred_at;
    int64_t sequence;
    struct id id;
    struct text action;
    struct text actor_type;
    struct id actor_id;
    struct text actor_name;
    struct id actor_credential_id;
    struct id organization_id;
    struct text organization_name;
    struct text targets; /* JSON, like `changes` */
    struct text request_id;
    struct text address;
    struct text user_agent;
    struct text changes;
    int64_t count;
    int64_t version;
    struct digest hash;
    int64_t position; /* 0: it has none yet */
};

/* True of "organization.*", which stands for all actions of the resource, where actions are chosen. */
bool event_is_resource(struct text action);

/* Appends the event as clients see it: an object without white space. */
void event_row_write_json(struct buf *out, const struct event_row *row);

#endif
