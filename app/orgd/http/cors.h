/* Says which scripts of other origins may read the answers (WHATWG Fetch, 3.2). No script of another origin may read a
 * page (RFC 9700, 2.6). */
#ifndef ORGD_CORS_H
#define ORGD_CORS_H

#include "exchange.h"

/* Adds the headers that every answer carries. */
void cors_add_headers(const struct exchange *exchange);

/* Adds the answer to a preflight request, if this OPTIONS request is one. `methods` are those of the path. */
void cors_answer_preflight(const struct exchange *exchange, const char *methods);

/* Refuses what a page of an origin that is neither listed nor our own has a browser send to OAuth's endpoints. The
 * visitor would pay for it: its address would be slowed, or banned. */
int cors_check_client(const struct exchange *exchange, struct error *err) NODISCARD;

#endif
