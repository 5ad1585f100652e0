/* JSON in its canonical form (RFC 8785), of which digests are made: no white space, names in the order of their UTF-16
 * code units, one way to write each string. Numbers are integers. */
#ifndef ORGD_JCS_H
#define ORGD_JCS_H

#include <jansson.h>

#include "buf.h"

/* Appends a string. The input must be valid UTF-8. A text without data becomes null. */
void jcs_text(struct buf *buf, struct text text);

/* Appends a value of any kind. A real number must not be in it. */
void jcs_value(struct buf *buf, const json_t *value);

#endif
