/* What events keep of where a call comes from: it is cut, and in UTF-8. */
#ifndef ORGD_EVENT_ORIGIN_H
#define ORGD_EVENT_ORIGIN_H

#include "domain/call.h"

/* Keeps at most `maximum` characters of what a client sent. Octets that are no UTF-8 become question marks. */
struct text event_keep(struct arena *arena, struct text sent, size_t maximum);

struct origin event_origin(const struct call *call);

#endif
