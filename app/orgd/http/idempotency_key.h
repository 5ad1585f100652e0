/* The header Idempotency-Key of a POST. domain/access/idempotency.h says what it does. */
#ifndef ORGD_IDEMPOTENCY_KEY_H
#define ORGD_IDEMPOTENCY_KEY_H

#include "exchange.h"

#define IDEMPOTENCY_KEY_LENGTH_MAX 255

/* Reads the header, where the route takes it, and has the call keep its answer. Fails with ERR_BAD_HEADER if it is
 * not 1 to IDEMPOTENCY_KEY_LENGTH_MAX visible characters of ASCII; quotes around them are not part of the key. */
int idempotency_key_read(struct exchange *exchange, struct error *err) NODISCARD;

#endif
