/* The one place where a refusal becomes an answer. A handler returns -1 with its error; which form the answer has
 * follows from the route: a page for people; OAuth's body (RFC 6749, 5.2) with our `detail` beside it, where OAuth has
 * a code for the error; else {"detail":[ErrorName, sentence]}, or all faults of the input.
 *
 *     if (route->handle(exchange, &err) < 0)
 *         problem_answer(exchange, &err);
 */
#ifndef ORGD_PROBLEM_H
#define ORGD_PROBLEM_H

#include "exchange.h"

/* Replaces what there is of the response's body by the refusal: status, headers and body. */
void problem_answer(struct exchange *exchange, const struct error *err);

/* Sets the status and the headers of a refusal alone, for a page that shows its form again with the error's sentence.
 */
void problem_head(struct exchange *exchange, const struct error *err);

#endif
