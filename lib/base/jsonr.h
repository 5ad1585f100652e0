/* Reads JSON text with jansson, and stops before a tree takes the last memory:
 *
 *     json_t *value = jsonr_parse(text, JSON_DECODE_ANY, &error); */
#ifndef ORGD_JSONR_H
#define ORGD_JSONR_H

#include <jansson.h>

#include "base.h"

/* Call once, before jansson is used. It lets jansson take memory from the reserve of memory.h while it parses, because
 * its lexer overruns its buffer if an allocation fails in the middle of a string. Nothing else of jansson may take the
 * reserve: libraries call free() for what json_dumps() returns. An allocation of jansson that fails is noted with
 * memory_ran_out(), so that nobody has to look for what is missing then. */
void jsonr_prepare(void);

/* Surround a call of a library that parses a short JSON text itself and dumps none. jansson then behaves as in
 * jsonr_parse(). */
void jsonr_begin(void);
void jsonr_end(void);

#define JSONR_BEYOND 9e307

/* Does the same as json_loadb(), with its flags. A number that no 64-bit integer and no double can hold is no fault: it
 * becomes a real near it or, beyond all, JSONR_BEYOND. So it is never taken for an integer. If memory runs short
 * (memory.h), it stops, notes that memory ran out, and returns NULL: the tree could be many times as large as the text.
 * Release the value with json_decref(). */
json_t *jsonr_parse(struct text text, size_t flags, json_error_t *error);

/* The same for a short file, like json_load_file(). */
json_t *jsonr_parse_file(const char *path, size_t flags, json_error_t *error);

#endif
