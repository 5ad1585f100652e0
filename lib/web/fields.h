/* Checks a JSON object or a query against a table of fields, and stores the values into a struct. It finds all faults
 * at once, and names them as Pydantic v2 does, because clients of this API know these names. */
#ifndef ORGD_FIELDS_H
#define ORGD_FIELDS_H

#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "faults.h"
#include "urlencoded.h"

enum field_type {
    FIELD_TEXT,   /* struct text; minimum and maximum count code points */
    FIELD_URL,    /* struct text; absolute http or https; maximum counts code points */
    FIELD_ID,     /* struct id */
    FIELD_INT,    /* int64_t, from minimum to maximum */
    FIELD_BOOL,   /* bool */
    FIELD_LIST,   /* struct field_list of objects, or of texts; maximum counts them */
    FIELD_TIME,   /* struct timestamp, RFC 3339; of queries and answers */
    FIELD_OBJECT, /* struct text, the object in canonical form (jcs.h); maximum counts its bytes; of bodies and answers
                   */
};

enum field_flags {
    FIELD_REQUIRED = 1 << 0,
    FIELD_NULLABLE = 1 << 1,       /* null is allowed, and gives a text or list without data */
    FIELD_NULL_IS_ABSENT = 1 << 2, /* null means the same as leaving the field out */
    FIELD_NFC = 1 << 3,            /* the text is normalized before it is counted and stored */
    FIELD_HAS_DEFAULT = 1 << 4,    /* of a query's int or bool: absent means `default_value` */
};

/* A maximum that means: there is none. */
#define FIELD_UNBOUNDED INT64_MAX

/* A JSON object: what a body, a query or an answer may hold. */
struct model {
    const char *name;           /* in the API's document; NULL: it is described where it is used */
    const struct field *fields; /* ended by a NULL name; NULL: openapi_frame.json describes it */
    const char *example;        /* for the document: a JSON text such as a normal user would send or get; may be NULL */
};

/* What is wrong with a text that breaks a further rule. */
struct field_complaint {
    const char *type;    /* NULL: value_error, whose context is the message */
    const char *message; /* a sentence for the client */
    const char *context; /* a JSON object, or NULL */
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
    int64_t default_value;
    size_t offset; /* where the value goes in the target struct */
    size_t given;  /* where a bool in it tells whether there was a value; 0: nobody asks */
    /* A further rule for a text, or for each text of a list, or NULL. Returns NULL if the text is good, else what is
     * wrong with it. */
    const struct field_complaint *(*check)(struct arena *arena, struct text value);
    const struct model *items; /* FIELD_LIST: of an item; FIELD_OBJECT: of the object. NULL: texts, anything */
    size_t item_size;          /* FIELD_LIST: the size of an item's struct */

    /* The only allowed texts, ended by NULL; a text that is none of them is a `literal_error`. NULL: any is allowed. */
    const char *const *values;

    /* For the API's document alone; each may be NULL. */
    const char *description;
    const char *pattern;
    const char *example; /* of a parameter: a JSON text */
};

/* Writes the members that the table names, from a struct whose members are at the fields' offsets, as a JSON object. A
 * text without data, a nil id and time 0 are null; so is an object without data if its field is nullable, else it is
 * empty. Lists are not for this. */
void fields_write_json(struct buf *out, const struct field *table, const void *source);

/* Where a field's value goes in a struct, and the bool that tells whether there was one. */
#define FIELD_AT(struct_type, member) .offset = offsetof(struct_type, member)
#define FIELD_AT_GIVEN(struct_type, member, given_member)                                                              \
    .offset = offsetof(struct_type, member), .given = offsetof(struct_type, given_member)

/* Both read the fields of the table, which a NULL name ends, and ignore everything else. They store good values into
 * `target` at the fields' offsets, leave absent fields alone unless they have a default, and add faults at `location`.
 * Texts are in the arena. */
void fields_from_json(const struct field *table, const json_t *object, struct arena *arena,
                      const struct location *location, void *target, struct faults *faults);
void fields_from_query(const struct field *table, const struct urlencoded *query, struct arena *arena, void *target,
                       struct faults *faults);

#endif
