/* Errors as values: a kind, and one sentence for the person who reads it. */
#ifndef ORGD_ERROR_H
#define ORGD_ERROR_H

#include "base.h"

enum error_kind {
    ERR_NONE,
#define ERROR_KIND(kind, name, status) kind,
#include "errors.def"
#undef ERROR_KIND
};

struct error {
    enum error_kind kind;
    char message[512];
};

/* Fills `err` (which may be NULL) and returns -1, so that failing is one line. The message is UTF-8, cut at the size of
 * the buffer, and must hold nothing secret: clients and logs see it. */
int error_set(struct error *err, enum error_kind kind, const char *format, ...) PRINTF_LIKE(3, 4);

/* The name clients see, such as "KeyError". */
const char *error_name(enum error_kind kind);

/* The HTTP status of this kind. */
int error_status(enum error_kind kind);

#endif
