#include "parameters.h"

#include <string.h>

#include "base/text.h"

#define ENCODED_BYTES_MAX ((size_t)64 * 1024)

static bool is_text(struct text value)
{
    return text_is_utf8(value) && memchr(value.data, '\0', value.length) == NULL;
}

struct text parameters_find(const struct urlencoded *parameters, const char *name)
{
    struct text value = urlencoded_find(parameters, name, NULL);

    return value.length == 0 || !is_text(value) ? (struct text){NULL, 0} : value;
}

int parameters_check(const struct urlencoded *parameters, struct error *err)
{
    if (parameters->has_too_many)
        return error_set(err, ERR_INVALID_REQUEST, "There are too many parameters.");
    for (size_t i = 0; i < parameters->count; i++) {
        if (!is_text(parameters->pairs[i].value))
            return error_set(err, ERR_INVALID_REQUEST, "A parameter is not UTF-8 text.");
        for (size_t k = 0; k < i; k++)
            if (text_equal(parameters->pairs[i].name, parameters->pairs[k].name))
                return error_set(err, ERR_INVALID_REQUEST, "A parameter occurs more than once.");
    }
    return 0;
}

bool parameters_is_sound(const struct urlencoded *parameters, const char *name)
{
    size_t count;
    struct text value = urlencoded_find(parameters, name, &count);

    return count == 0 || (count == 1 && is_text(value));
}

const char *parameters_encode(struct arena *arena, const struct urlencoded *parameters)
{
    CLEANUP(buf_release) struct buf query;

    buf_init(&query, ENCODED_BYTES_MAX);
    for (size_t i = 0; i < parameters->count; i++) {
        if (text_equal(parameters->pairs[i].name, TEXT("form_token")))
            continue;
        if (query.length > 0)
            buf_add_char(&query, '&');
        urlencoded_add(&query, parameters->pairs[i].name);
        buf_add_char(&query, '=');
        urlencoded_add(&query, parameters->pairs[i].value);
    }
    return arena_strndup(arena, query.length == 0 ? "" : query.data, query.length);
}
