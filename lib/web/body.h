/* Reads a JSON body strictly. Duplicate keys, trailing bytes, invalid UTF-8, a byte order mark and deep nesting are
 * faults (RFC 8259; RFC 7493, 2.3). */
#ifndef ORGD_BODY_H
#define ORGD_BODY_H

#include <jansson.h>

#include "base/arena.h"
#include "faults.h"

#define BODY_DEPTH_MAXIMUM 32

/* Parses the whole body into `out`: any JSON value, borrowed from the arena. If that fails, adds the fault
 * `json_invalid`, or `missing` if there is no body, and fails with ERR_VALIDATION. */
int body_parse(struct arena *arena, struct text body, struct faults *faults, json_t **out, struct error *err) NODISCARD;

/* Adds the fault `json_invalid` at a byte position of the body. */
void body_fault(struct faults *faults, size_t position, const char *sentence);

#endif
