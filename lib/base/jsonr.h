/* Reading JSON text by jansson, without a tree that takes the last memory. */
#ifndef ORGD_JSONR_H
#define ORGD_JSONR_H

#include <jansson.h>

#include "base.h"

/* To be called once, before jansson is used: lets it take the reserve of memory.h while it parses, for its lexer
 * overruns its buffer if an allocation fails in the middle of a string. Nothing else may be of the reserve, since
 * libraries call free() for what json_dumps() gives them. */
void jsonr_prepare(void);

/* Around a call of a library that parses a short JSON text itself, and dumps none: as if it did so by jsonr_parse(). */
void jsonr_begin(void);
void jsonr_end(void);

/* As json_loadb(), with its flags, but for shortage of memory (memory.h), where it stops, notes that memory ran out,
 * and gives NULL: the tree could be many times as large as the text. Release the value with json_decref(). */
json_t *jsonr_parse(struct text text, size_t flags, json_error_t *error);

/* The same for a short file, as json_load_file(). */
json_t *jsonr_parse_file(const char *path, size_t flags, json_error_t *error);

#endif
