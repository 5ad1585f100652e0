/* What event_heads.c and event_heads_check.c share. */
#ifndef ORGD_EVENT_HEADS_PRIVATE_H
#define ORGD_EVENT_HEADS_PRIVATE_H

#include "access_token.h"
#include "event_heads.h"
#include "event_heads_sql.h"

#define EVENT_HEAD_TYPE "orgd-event-head+jwt"

/* Holds a chain to its newest signed head. Returns what does not fit, for the log, or NULL. `must_sign` gets true if
 * the head proves nothing, since somebody else has read the key that has signed it. */
const char *event_heads_doubt(struct token_keys *keys, const struct event_heads_chain_row *row, bool *must_sign);

#endif
