/* The faults that validation finds, collected as the JSON that clients get, in the words of Pydantic v2:
 *
 *     faults_add_value_error(&faults, LOCATION_IN(&body, "name"), "This name is reserved.", input);
 *     return faults_result(&faults, err); */
#ifndef ORGD_FAULTS_H
#define ORGD_FAULTS_H

#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"

struct faults {
    struct buf json; /* the objects, separated by commas */
    unsigned count;
};

/* Where in the input a fault is: a chain of locations that starts at "body", "query" or "path". */
struct location {
    const struct location *parent;
    const char *name; /* NULL: use `index` */
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

/* Adds a fault. `input` is the wrong value (borrowed; NULL means null). `context` is the text of a JSON object, or
 * NULL. */
void faults_add(struct faults *faults, const char *type, const struct location *location, const char *message,
                const json_t *input, const char *context);

/* Makes the `input` of a fault from a text. Returns NULL, which means null, if the text is not UTF-8. Release it with
 * json_decref(). */
json_t *faults_input(struct text text);

/* Adds a fault of type value_error, for a rule that Pydantic has no name for. The sentence is also in the context. */
void faults_add_value_error(struct faults *faults, const struct location *location, const char *sentence,
                            const json_t *input);

/* Returns 0 if no fault was added, else -1 with ERR_VALIDATION. */
int faults_result(const struct faults *faults, struct error *err) NODISCARD;

#endif
