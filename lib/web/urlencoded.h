/* Percent-encoding of paths, query strings and application/x-www-form-urlencoded bodies:
 *
 *     struct urlencoded form = urlencoded_parse(arena, body);
 *     struct text code = urlencoded_find(&form, "code", NULL); */
#ifndef ORGD_URLENCODED_H
#define ORGD_URLENCODED_H

#include "base/arena.h"
#include "base/buf.h"

/* Clients need ten at most. There is a limit because the time for finding repeated names grows by the square. */
#define URLENCODED_PAIRS_MAX 100
#define URLENCODED_FORM_BYTES_MAX ((size_t)8192)

struct urlencoded_pair {
    struct text name;
    struct text value;
};

struct urlencoded {
    struct urlencoded_pair *pairs;
    size_t count;
    bool has_too_many; /* the pairs beyond URLENCODED_PAIRS_MAX are missing: refuse the request */
};

/* Decodes percent escapes (RFC 3986, 2.1) once, into the arena, and `+` to a blank if asked for. A `%` without two
 * hexadecimal digits stays as it is. The result may be any bytes: the caller checks UTF-8. */
struct text urlencoded_decode(struct arena *arena, struct text encoded, bool plus_is_blank);

/* Splits `a=1&b=2` (WHATWG URL, 5.1) and decodes names and values. Pairs keep their order. If memory runs out
 * (memory.h), it notes that, and finds nothing. */
struct urlencoded urlencoded_parse(struct arena *arena, struct text encoded);

/* Returns the value of the last pair with that name, or a text without data. `count` (may be NULL) gets how many there
 * are. */
struct text urlencoded_find(const struct urlencoded *params, const char *name, size_t *count);

/* Appends the text. Escapes everything but the unreserved characters of RFC 3986. */
void urlencoded_add(struct buf *buf, struct text text);

#endif
