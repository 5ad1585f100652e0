/* The condition of a change: that a resource still is as its caller knows it, told by its entity tag. A domain function
 * asks it inside of its transaction, where nothing can come between:
 *
 *     if (precondition->holds != NULL && !precondition->holds(etag, precondition->context))
 *         return error_set(err, ERR_PRECONDITION, "...");
 */
#ifndef ORGD_PRECONDITION_H
#define ORGD_PRECONDITION_H

#include <stdbool.h>

struct precondition {
    bool (*holds)(const char *etag, const void *context); /* NULL: there is no condition */
    const void *context;
};

#endif
