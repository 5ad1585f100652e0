/* What event_heads.c and event_heads_check.c share. */
#ifndef ORGD_EVENT_HEADS_PRIVATE_H
#define ORGD_EVENT_HEADS_PRIVATE_H

#include "access_token.h"
#include "event_heads.h"
#include "event_heads_sql.h"

#define EVENT_HEAD_TYPE "orgd-event-head+jwt"

/* What the newest head of a chain says besides its end. */
struct event_heads_said {
    bool must_sign;         /* it proves nothing, since somebody else has read the key that has signed it */
    int64_t missing;        /* events behind the checkpoint that are not there, as an operator has accepted */
    int64_t pruned_missing; /* events up to the checkpoint that were not there when they were to be removed */
    int64_t accepted;       /* the number up to which an operator has taken all events as they were */
};

/* Holds a chain to its newest signed head. Returns what does not fit, for the log, or NULL. */
const char *event_heads_doubt(struct token_keys *keys, const struct event_heads_chain_row *row,
                              struct event_heads_said *out);

#endif
