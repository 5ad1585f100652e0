/* What event_heads.c and event_heads_check.c share. */
#ifndef ORGD_EVENT_HEADS_PRIVATE_H
#define ORGD_EVENT_HEADS_PRIVATE_H

#include "event_heads.h"

#define EVENT_HEAD_TYPE "orgd-event-head+jwt"

#endif
