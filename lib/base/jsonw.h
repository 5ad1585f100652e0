/* Writing JSON text (RFC 8259) straight into a buffer: no tree, no allocation per value. */
#ifndef ORGD_JSONW_H
#define ORGD_JSONW_H

#include <jansson.h>

#include "buf.h"

/* A quoted, escaped JSON string. The input must be valid UTF-8; a text without data is written as null. */
void jsonw_text(struct buf *buf, struct text text);

/* The same for a NUL-terminated string. */
void jsonw_string(struct buf *buf, const char *string);

/* A value of jansson's, of any kind, without white space. */
void jsonw_value(struct buf *buf, const json_t *value);

/* `"key":` preceded by a comma unless an object or array has just been opened. The key is written unescaped. */
void jsonw_key(struct buf *buf, const char *key);

#endif
