#include "error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *name;
    int status;
    const char *oauth_code;
} kinds[] = {
    [ERR_NONE] = {"None", 200, NULL},
#define ERROR_KIND(kind, error_name, http_status, code) [kind] = {error_name, http_status, code},
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
    err->retry_after_s = 0;
    err->bars_caller = false;
    va_start(arguments, format);
    vsnprintf(err->message, sizeof(err->message), format, arguments);
    va_end(arguments);
    return -1;
}

int error_retry_after(struct error *err, int64_t seconds)
{
    if (err != NULL)
        err->retry_after_s = seconds;
    return -1;
}

int error_bars_caller(struct error *err)
{
    if (err != NULL)
        err->bars_caller = true;
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

const char *error_oauth_code(enum error_kind kind)
{
    assert((size_t)kind < ARRAY_LENGTH(kinds));
    return kinds[kind].oauth_code;
}
