/* Errors as values: a kind, and one sentence for the person who reads it. Whatever can fail takes `struct error *err`
 * last and returns -1:
 *
 *     if (found == 0)
 *         return error_set(err, ERR_NOT_FOUND, "There is no organization with this id.");
 */
#ifndef ORGD_ERROR_H
#define ORGD_ERROR_H

#include "base.h"

enum error_kind {
    ERR_NONE,
#define ERROR_KIND(kind, name, status, oauth_code) kind,
#include "errors.def"
#undef ERROR_KIND
};

struct error {
    enum error_kind kind;
    char message[512];
    int64_t retry_after_s; /* when to try again; 0: unknown */
    bool bars_caller;      /* who asks may not do or see this, whatever has become of it */
};

/* Fills `err` (which may be NULL) and returns -1, so that failing is one line. The message is UTF-8, cut at the size of
 * the buffer, and must hold nothing secret: clients and logs see it. */
int error_set(struct error *err, enum error_kind kind, const char *format, ...) PRINTF_LIKE(3, 4);

/* Adds to an error that is set after how many seconds to try again. Returns -1. */
int error_retry_after(struct error *err, int64_t seconds);

/* Adds to an error that is set that it bars who asks. Returns -1. */
int error_bars_caller(struct error *err);

/* Returns the name that clients see, such as "KeyError". */
const char *error_name(enum error_kind kind);

/* Returns the HTTP status of this kind. */
int error_status(enum error_kind kind);

/* Returns OAuth's code for this kind, such as "invalid_grant"; never NULL. */
const char *error_oauth_code(enum error_kind kind);

#endif
