/* Finds the route for the path and the method of a request. Nothing else walks the route table. */
#ifndef ORGD_MATCH_H
#define ORGD_MATCH_H

#include "exchange.h"

/* Fills the exchange's members about its route. */
void match_route(struct exchange *exchange);

/* Writes the methods of the exchange's path in the form of Allow, such as "GET, HEAD, OPTIONS". */
void match_list_methods(const struct exchange *exchange, struct buf *out);

/* True if the path, which exists, takes the method. */
bool match_takes(const struct exchange *exchange, enum http_method method);

#endif
