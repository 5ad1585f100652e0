/* What event_verify.c leaves to other files. */
#ifndef ORGD_EVENT_VERIFY_PRIVATE_H
#define ORGD_EVENT_VERIFY_PRIVATE_H

#include "event_verify.h"

/* Looks for rows of orgd_event_subjects by which an event is found that does not have that action, actor or target.
 * Reports the first. Call it where all chains fit: it takes their word for what an event has. */
int event_verify_subjects(const struct call *call, struct event_audit *audit, struct error *err) NODISCARD;

/* Looks for a row of orgd_event_blocks whose times are not in order with those of the row before, and reports the
 * first. Where all are in order, an event that its own row holds is left out by no other. */
int event_verify_blocks(const struct call *call, struct event_audit *audit, struct error *err) NODISCARD;

#endif
