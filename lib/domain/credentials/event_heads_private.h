/* What event_heads.c and event_heads_check.c share. */
#ifndef ORGD_EVENT_HEADS_PRIVATE_H
#define ORGD_EVENT_HEADS_PRIVATE_H

#include "event_heads.h"

#define EVENT_HEAD_TYPE "orgd-event-head+jwt"
#define HEX_SIZE 65

/* Writes a hash in hexadecimal. */
void event_head_format_hash(const struct digest *hash, char out[HEX_SIZE]);

#endif
