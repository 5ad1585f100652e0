/* UUIDs (RFC 9562). Reads several forms, writes the canonical one, makes version 7:
 *
 *     struct id id = id_new(timestamp_now());
 *     char text[ID_TEXT_SIZE];
 *     id_format(&id, text); */
#ifndef ORGD_ID_H
#define ORGD_ID_H

#include "base.h"
#include "timestamp.h"

#define ID_TEXT_SIZE 37 /* 36 characters and the NUL */
#define ID_DIGITS 32

struct id {
    uint8_t bytes[16];
};

/* Reads 32 hexadecimal digits in any case, with hyphens in all four places or in none. Returns false for anything
 * else. */
bool id_parse(struct text text, struct id *out);

/* Writes the canonical form: lower case, with hyphens. */
void id_format(const struct id *id, char out[ID_TEXT_SIZE]);

/* Writes the hexadecimal digits alone, without an end. */
void id_write_digits(const struct id *id, char out[ID_DIGITS]);

/* Makes a version 7 id whose time is exactly `now`, to the microsecond: rand_a carries the fraction of the millisecond
 * (RFC 9562, 6.2, method 3). id_time() gives that time back. Ends the process if the system has no random bytes. */
struct id id_new(struct timestamp now);

/* Reads the time of an id that id_new() made. Returns false if the id is of another version. An id that nobody made may
 * tell a time that no timestamp has; then this is the nearest one that is there: 1970-01-01T00:00:00.000001Z or
 * TIMESTAMP_MAX_US. */
bool id_time(const struct id *id, struct timestamp *out);

/* Returns the time of an id, as id_time() gives it, to find its place in a list that is ordered by time. Use it where
 * id_new() has made all ids: it reads an id of another version, which nothing has, as if it were of version 7. */
struct timestamp id_place(const struct id *id);

bool id_equal(const struct id *a, const struct id *b);

/* True of the nil UUID (all zero), which means "none" where an id may be missing. */
bool id_is_nil(const struct id *id);

#endif
