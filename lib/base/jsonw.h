/* Writes JSON text (RFC 8259) straight into a buffer: no tree, no allocation for each value:
 *
 *     buf_add_char(&out, '{');
 *     jsonw_key(&out, "name");
 *     jsonw_text(&out, name);
 *     buf_add_char(&out, '}'); */
#ifndef ORGD_JSONW_H
#define ORGD_JSONW_H

#include <jansson.h>

#include "buf.h"
#include "id.h"
#include "timestamp.h"

/* Writes a quoted, escaped JSON string. The input must be valid UTF-8. A text without data becomes null. */
void jsonw_text(struct buf *buf, struct text text);

/* The same for a NUL-terminated string. */
void jsonw_string(struct buf *buf, const char *string);

/* Writes an id as a string; the nil id becomes null. */
void jsonw_id(struct buf *buf, const struct id *id);

void jsonw_bool(struct buf *buf, bool value);

/* Writes a time as RFC 3339 has it; 0 becomes null. */
void jsonw_time(struct buf *buf, struct timestamp time);

/* Writes a value of jansson's, of any kind, without white space. */
void jsonw_value(struct buf *buf, const json_t *value);

/* Writes `"key":`, with a comma before it unless an object or array has just been opened. Does not escape the key. */
void jsonw_key(struct buf *buf, const char *key);

#endif
