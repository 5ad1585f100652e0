/* The condition of a change: the resource must still be as its caller knows it, by its entity tag. A domain function
 * checks it within its transaction, where nothing can come between:
 *
 *     if (precondition->holds != NULL && !precondition->holds(etag, precondition->context))
 *         return error_set(err, ERR_PRECONDITION, "..."); */
#ifndef ORGD_PRECONDITION_H
#define ORGD_PRECONDITION_H

#include <stdbool.h>

struct precondition {
    bool (*holds)(const char *etag, const void *context); /* NULL: there is no condition */
    const void *context;
};

#endif
