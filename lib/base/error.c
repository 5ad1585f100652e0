#include "error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *name;
    int status;
} kinds[] = {
    [ERR_NONE] = {"None", 200},
#define ERROR_KIND(kind, error_name, http_status) [kind] = {error_name, http_status},
#include "errors.def"
#undef ERROR_KIND
};

int error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
    va_list arguments;

    assert(kind != ERR_NONE);
    if (err == NULL)
        return -1;
    err->kind = kind;
    va_start(arguments, format);
    vsnprintf(err->message, sizeof(err->message), format, arguments);
    va_end(arguments);
    return -1;
}

const char *error_name(enum error_kind kind)
{
    assert((size_t)kind < ARRAY_LENGTH(kinds));
    return kinds[kind].name;
}

int error_status(enum error_kind kind)
{
    assert((size_t)kind < ARRAY_LENGTH(kinds));
    return kinds[kind].status;
}
