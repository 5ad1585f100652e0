/* JSON in its canonical form (RFC 8785), of which digests are made: no white space, names in the order of their UTF-16
 * code units, one way to write each string and number. Integers of 64 bits are written as they are. */
#ifndef ORGD_JCS_H
#define ORGD_JCS_H

#include <jansson.h>

#include "buf.h"

/* Appends a string. The input must be valid UTF-8. A text without data becomes null. */
void jcs_text(struct buf *buf, struct text text);

/* Appends a value of any kind. */
void jcs_value(struct buf *buf, const json_t *value);

#endif
