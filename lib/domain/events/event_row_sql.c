#include "event_row_sql.h"

/* A struct event_row by itself. */
struct event_alone {
    struct event_row event;
};

const struct db_record event_row_record = DB_RECORD(struct event_alone, EVENT_ROW_MEMBERS(struct event_alone, event));
