/* The ids of what an event is about, as orgd_event_targets has them. */
#ifndef ORGD_EVENT_TARGET_IDS_H
#define ORGD_EVENT_TARGET_IDS_H

#include "base/buf.h"

/* Appends the ids of an event's `targets`, a JSON list, as 32 hexadecimal digits each: each id once, in their order.
 * Returns false if the text is not what events have. */
bool event_target_ids_write(struct text targets, struct buf *out);

#endif
