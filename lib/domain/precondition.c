#include "precondition.h"

int precondition_check(const struct precondition *precondition, const char *etag, const char *what, struct error *err)
{
    if (precondition == NULL || precondition->holds == NULL || precondition->holds(etag, precondition->context))
        return 0;
    return error_set(err, ERR_PRECONDITION,
                     "The %s is not in the state that If-Match or If-None-Match asks for; read it again.", what);
}
