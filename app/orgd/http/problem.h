/* The one place where a refusal becomes an answer. A handler returns -1 with its error, and the route decides the form:
 * a page for people; at OAuth's endpoints the body of RFC 6749, 5.2, whatever the error is; else
 * {"detail":[ErrorName, sentence]}, or all faults of the input.
 *
 *     if (route->handle(exchange, &err) < 0)
 *         problem_answer(exchange, &err); */
#ifndef ORGD_PROBLEM_H
#define ORGD_PROBLEM_H

#include "exchange.h"

/* Replaces the response by the refusal: status, headers and body. */
void problem_answer(struct exchange *exchange, const struct error *err);

/* Writes the member `detail` of an error that is not about fields of the input, for an answer that has several. */
void problem_write_detail(struct buf *out, const struct error *err);

/* Sets only the status and the headers of a refusal. Use it for a page that shows its form again with the error's
 * sentence. */
void problem_head(struct exchange *exchange, const struct error *err);

#endif
