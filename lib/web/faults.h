/* The faults that validation finds, collected as the JSON that clients get, in Pydantic v2's words. */
#ifndef ORGD_FAULTS_H
#define ORGD_FAULTS_H

#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"

struct faults {
    struct buf json; /* the objects, separated by commas */
    unsigned count;
};

/* Where in the input a fault is: a chain that starts at "body", "query" or "path". */
struct location {
    const struct location *parent;
    const char *name; /* NULL: `index` counts */
    size_t index;
};

#define LOCATION(location_name) (&(const struct location){.name = (location_name)})
#define LOCATION_IN(location_parent, location_name)                                                                    \
    (&(const struct location){.parent = (location_parent), .name = (location_name)})
#define LOCATION_AT(location_parent, location_index)                                                                   \
    (&(const struct location){.parent = (location_parent), .index = (location_index)})

void faults_init(struct faults *faults);
void faults_reset(struct faults *faults);
void faults_release(struct faults *faults);

/* Adds one. `input` (borrowed, may be NULL for null) is what was wrong; `context` is the text of a JSON object, or
 * NULL. */
void faults_add(struct faults *faults, const char *type, const struct location *location, const char *message,
                const json_t *input, const char *context);

/* A text as the `input` of a fault: NULL, for null, where it is not UTF-8. Release it with json_decref(). */
json_t *faults_input(struct text text);

/* A rule of ours that Pydantic has no name for: type value_error, the sentence also in the context. */
void faults_add_value_error(struct faults *faults, const struct location *location, const char *sentence,
                            const json_t *input);

/* 0 if nothing was found, else -1 with ERR_VALIDATION. */
int faults_result(const struct faults *faults, struct error *err) NODISCARD;

#endif
