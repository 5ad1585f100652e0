/* Positions: the order of events among all chains. Transactions are committed in any order, so the time of an event
 * says nothing about when it can first be read. A position does: it is given after the commit, by one process at a
 * time, in pieces, each of which is higher than all before. So who has read up to a position has missed nothing below
 * it. */
#ifndef ORGD_EVENT_POSITION_H
#define ORGD_EVENT_POSITION_H

#include "domain/call.h"

/* Gives positions to the events that have none, piece by piece, as long as there are any or until `is_over` (may be
 * NULL) says that it is enough. Adds to `given` how many got one. If there are none, that is one query of an index.
 * Fails with ERR_BUSY while another process does this. */
int event_position_give(const struct call *call, bool (*is_over)(void *context), void *context, int64_t *given,
                        struct error *err) NODISCARD;

#endif
