/* Requests that a client may send again (draft-ietf-httpapi-idempotency-key-header): the key that it chose, and the
 * answer, which is kept in the transaction of the request itself. So a repetition gets the first answer again, whatever
 * happened to the first connection.
 *
 * A domain function that does something for a POST adds the answer to its transaction, in front of all other
 * statements, so that a repetition waits for the first and for nothing else:
 *
 *     idempotency_keep(unit, call, &account_id, &organization);
 *
 * The dispatcher does the rest: idempotency_recall() says what a failure means. */
#ifndef ORGD_IDEMPOTENCY_H
#define ORGD_IDEMPOTENCY_H

#include "db/db_unit.h"
#include "domain/call.h"
#include "web/http_response.h"

/* How long an answer is kept, and how many of an account. */
#define IDEMPOTENCY_US (S_PER_DAY * US_PER_S)
#define IDEMPOTENCY_KEPT_MAX 1000

struct idempotency {
    struct digest key;
    struct digest request; /* of all that must be the same in a repetition */
    /* Writes the answer to what the transaction will have done: `result` is what the domain function gives to
     * idempotency_keep(). It may run several times. The handler sets it. */
    void (*answer)(const void *context, struct http_response *out, const void *result);
    const void *context;
};

/* Notes whose key this is, before a request does several things, each in a transaction of its own: another request with
 * the key does none of them. Does nothing if the client has sent no key. Fails with ERR_KEY_REUSED, ERR_UNAUTHORIZED,
 * ERR_IN_PROGRESS or ERR_TOO_MANY. */
int idempotency_begin(const struct call *call, struct error *err) NODISCARD;

/* Returns what stands for one of these things. */
struct idempotency idempotency_of_part(const struct idempotency *whole, size_t number);

/* Adds the answer to the transaction. Does nothing if the client has sent no key. `account_id` is the caller's. */
void idempotency_keep(struct db_unit *unit, const struct call *call, const struct id *account_id, const void *result);

/* Finds out whether a request failed because one with its key has been answered, or is being answered. Returns 1 and
 * the first answer; 0 if the request is to be tried again, since that answer is too old; or -1 with the error `err`
 * that it had, if the key is not the reason, or with ERR_UNAUTHORIZED, ERR_KEY_REUSED if the first request was another
 * one, ERR_IN_PROGRESS, or ERR_TOO_MANY if as many answers are kept for the account as may be. */
int idempotency_recall(const struct call *call, struct http_response *out, struct error *err) NODISCARD;

#endif
