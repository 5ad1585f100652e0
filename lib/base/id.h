/* UUIDs (RFC 9562): read leniently, written canonically, made as version 7. */
#ifndef ORGD_ID_H
#define ORGD_ID_H

#include "base.h"
#include "timestamp.h"

#define ID_TEXT_SIZE 37 /* 36 characters and the NUL */

struct id {
    uint8_t bytes[16];
};

/* Reads 32 hexadecimal digits in any case, with hyphens in all four places or in none. False for anything else. */
bool id_parse(struct text text, struct id *out);

/* Writes the canonical form: lower case, with hyphens. */
void id_format(const struct id *id, char out[ID_TEXT_SIZE]);

/* A new version 7 id whose time is exactly `now`, to the microsecond: rand_a carries the fraction of the millisecond
 * (RFC 9562, 6.2, method 3), so that id_time() gives it back. Ends the process if the system has no random bytes. */
struct id id_new(struct timestamp now);

/* The time a version 7 id made by id_new() carries; false if the id is of another version. */
bool id_time(const struct id *id, struct timestamp *out);

bool id_equal(const struct id *a, const struct id *b);

/* The nil UUID (all zero), which stands for "none" where an id may be missing. */
bool id_is_nil(const struct id *id);

#endif
