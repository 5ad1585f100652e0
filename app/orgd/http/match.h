/* From the path and the method of a request to its route: the one place that walks the route table. */
#ifndef ORGD_MATCH_H
#define ORGD_MATCH_H

#include "exchange.h"

/* Fills what the exchange says of its route. */
void match_route(struct exchange *exchange);

/* Writes the methods of the exchange's path as Allow has them, such as "GET, HEAD, OPTIONS". */
void match_list_methods(const struct exchange *exchange, struct buf *out);

#endif
