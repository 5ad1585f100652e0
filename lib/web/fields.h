/* Checking a JSON object or a query against a table of fields, which also stores the values into a struct. All faults
 * are found at once and named as Pydantic v2 names them, for that is what clients of this API know. */
#ifndef ORGD_FIELDS_H
#define ORGD_FIELDS_H

#include <jansson.h>

#include "base/arena.h"
#include "base/id.h"
#include "faults.h"
#include "urlencoded.h"

enum field_type {
    FIELD_TEXT, /* struct text; minimum and maximum count code points */
    FIELD_URL,  /* struct text; absolute http or https; maximum counts code points */
    FIELD_ID,   /* struct id */
    FIELD_INT,  /* int64_t, from minimum to maximum */
    FIELD_BOOL, /* bool */
    FIELD_LIST, /* struct field_list of objects; maximum counts them */
};

enum field_flags {
    FIELD_REQUIRED = 1 << 0,
    FIELD_NULLABLE = 1 << 1,       /* null is a value: the text or list has no data */
    FIELD_NULL_IS_ABSENT = 1 << 2, /* null means the same as leaving the field out */
    FIELD_NFC = 1 << 3,            /* the text is normalized before it is counted and stored */
};

struct field_list {
    void *items; /* array of structs as the item table says; NULL: no value */
    size_t count;
};

struct field {
    const char *name;
    enum field_type type;
    unsigned flags;
    int64_t minimum, maximum;
    size_t offset; /* of the member in the struct that gets the values */
    /* A further rule for a text: NULL if it holds, else a sentence. May be NULL. */
    const char *(*check)(struct text value);
    const struct field *items; /* of a list; ended by a NULL name */
    size_t item_size;          /* of a list */
};

/* Both read what the table (ended by a NULL name) names, ignore all else, store good values into `target` at the
 * fields' offsets, leave the target alone where a field is absent, and add faults at `location`. The result has bit N
 * set if the table's field N was given. Texts are in the arena. */
uint64_t fields_from_json(const struct field *table, const json_t *object, struct arena *arena,
                          const struct location *location, void *target, struct faults *faults);
uint64_t fields_from_query(const struct field *table, const struct urlencoded *query, struct arena *arena, void *target,
                           struct faults *faults);

#endif
