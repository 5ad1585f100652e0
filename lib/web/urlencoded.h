/* Percent-encoding: paths, query strings, and application/x-www-form-urlencoded bodies. */
#ifndef ORGD_URLENCODED_H
#define ORGD_URLENCODED_H

#include "base/arena.h"
#include "base/buf.h"

/* Clients need ten at most; looking for repeated ones takes time by the square. */
#define URLENCODED_PAIRS_MAX 100

struct urlencoded_pair {
    struct text name;
    struct text value;
};

struct urlencoded {
    struct urlencoded_pair *pairs;
    size_t count;
    bool has_too_many; /* only the first URLENCODED_PAIRS_MAX are there: to be refused */
};

/* Decodes percent escapes (RFC 3986, 2.1) once, into the arena; `+` becomes a blank if asked for. A `%` without two
 * hexadecimal digits stands for itself. The result may be any bytes: UTF-8 is the caller's to check. */
struct text urlencoded_decode(struct arena *arena, struct text encoded, bool plus_is_blank);

/* Splits `a=1&b=2` (WHATWG URL, 5.1), decoding names and values. Pairs keep their order. It may note that memory ran
 * out (memory.h), and find nothing then. */
struct urlencoded urlencoded_parse(struct arena *arena, struct text encoded);

/* The value of the last pair of that name, or a text without data. `count` (may be NULL) gets how many there are. */
struct text urlencoded_find(const struct urlencoded *params, const char *name, size_t *count);

/* Appends the text with everything but RFC 3986's unreserved characters escaped. */
void urlencoded_add(struct buf *buf, struct text text);

#endif
