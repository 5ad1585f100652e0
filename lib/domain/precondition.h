/* The condition of a change: the resource must still be as its caller knows it, by its entity tag. A domain function
 * checks it within its transaction, where nothing can come between:
 *
 *     team_etag(&team, etag);
 *     return precondition_check(precondition, etag, "team", err);
 */
#ifndef ORGD_PRECONDITION_H
#define ORGD_PRECONDITION_H

#include "base/base.h"
#include "base/error.h"

/* A function that takes one also takes NULL: there is no condition. */
struct precondition {
    bool (*holds)(const char *etag, const void *context); /* NULL: there is no condition */
    const void *context;
};

/* Fails with ERR_PRECONDITION, and a sentence about `what` the resource is, unless the condition holds for its tag. */
int precondition_check(const struct precondition *precondition, const char *etag, const char *what,
                       struct error *err) NODISCARD;

#endif
