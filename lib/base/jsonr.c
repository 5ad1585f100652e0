#include "jsonr.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "memory.h"

static bool is_parsing;

/* Jansson, and libjose on top of it, often only leave something out if this fails. */
static void *allocate(size_t size)
{
    void *memory = is_parsing ? memory_alloc(size) : malloc(size);

    if (memory == NULL)
        memory_ran_out(NULL);
    return memory;
}

void jsonr_prepare(void)
{
    json_set_alloc_funcs(allocate, memory_free);
}

void jsonr_begin(void)
{
    is_parsing = true;
}

void jsonr_end(void)
{
    is_parsing = false;
}

static size_t read_piece(void *out, size_t size, void *rest)
{
    struct text *text = rest;
    size_t length = text->length < size ? text->length : size;

    if (memory_is_short())
        return (size_t)-1;
    if (length > 0)
        memcpy(out, text->data, length);
    text->data += length;
    text->length -= length;
    return length;
}

static json_t *finish(json_t *value, json_error_t *error)
{
    jsonr_end();
    if (!memory_is_short())
        return value;
    json_decref(value);
    memory_ran_out(NULL);
    if (error != NULL)
        snprintf(error->text, sizeof(error->text), "memory ran out");
    return NULL;
}

/* Numbers that no machine type holds. jansson refuses the whole text for them, even where nobody reads the member. */

#define INTEGER_DIGITS_KEPT 17 /* as many as a double can tell apart */
#define INTEGER_DIGITS_MAX 300 /* of a double */
#define DIGITS "0123456789"

/* Steps over digits, of which there must be one. */
static bool take_digits(const char **at)
{
    size_t count = strspn(*at, DIGITS);

    *at += count;
    return count > 0;
}

/* Returns true of a number as JSON has it (RFC 8259, 6). Replacing a malformed one would make the text valid. */
static bool is_number(const char *at)
{
    at += *at == '-';
    if (at[0] == '0' && at[1] >= '0' && at[1] <= '9')
        return false;
    if (!take_digits(&at) || (*at == '.' && (at++, !take_digits(&at))))
        return false;
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '+' || *at == '-';
        if (!take_digits(&at))
            return false;
    }
    return *at == '\0';
}

static bool is_too_large(const char *number)
{
    long long integer;

    if (strpbrk(number, ".eE") != NULL)
        return fabs(strtod(number, NULL)) == HUGE_VAL;
    errno = 0;
    integer = strtoll(number, NULL, 10);
    return errno == ERANGE && (integer == LLONG_MAX || integer == LLONG_MIN);
}

/* Writes a real that is near an integer, or the largest, in place of the number, and blanks up to its length. */
static void replace_number(char *number, size_t length)
{
    size_t sign = number[0] == '-';
    size_t digits = length - sign;
    char real[64];
    int size;

    if (strspn(number + sign, DIGITS) < digits || digits > INTEGER_DIGITS_MAX)
        size = snprintf(real, sizeof(real), "%s9e307", sign ? "-" : "");
    else
        size = snprintf(real, sizeof(real), "%.*se%zu", (int)(sign + INTEGER_DIGITS_KEPT), number,
                        digits - INTEGER_DIGITS_KEPT);
    memset(number, ' ', length);
    memcpy(number, real, (size_t)size);
}

/* Returns the length of the string that starts here, with its quotes, or of the rest if it does not end. */
static size_t string_length(const char *at)
{
    const char *end = at + 1;

    while (*end != '"' && *end != '\0')
        end += *end == '\\' && end[1] != '\0' ? 2 : 1;
    return (size_t)(end - at) + (*end == '"');
}

/* `text` is NUL-terminated; what is behind a NUL in it is no JSON anyway. */
static void replace_large_numbers(char *text)
{
    size_t length;

    for (char *at = text; *at != '\0'; at += length) {
        length = *at == '"' ? string_length(at) : strspn(at, "+-.0123456789eE");
        if (length == 0) {
            length = 1;
        } else if (*at == '-' || (*at >= '0' && *at <= '9')) {
            char behind = at[length];

            at[length] = '\0';
            if (is_number(at) && is_too_large(at))
                replace_number(at, length);
            at[length] = behind;
        }
    }
}

static json_t *parse(struct text text, size_t flags, json_error_t *error)
{
    jsonr_begin();
    return finish(json_load_callback(read_piece, &text, flags, error), error);
}

json_t *jsonr_parse(struct text text, size_t flags, json_error_t *error)
{
    json_error_t fault;
    json_t *value = parse(text, flags, &fault);
    CLEANUP(buf_release) struct buf copy;

    buf_init(&copy, SIZE_MAX);
    if (value == NULL && json_error_code(&fault) == json_error_numeric_overflow) {
        buf_add(&copy, text.data, text.length);
        if (!copy.overflowed) {
            replace_large_numbers(copy.data);
            value = parse((struct text){copy.data, copy.length}, flags, &fault);
        }
    }
    if (error != NULL)
        *error = fault;
    return value;
}

json_t *jsonr_parse_file(const char *path, size_t flags, json_error_t *error)
{
    jsonr_begin();
    return finish(json_load_file(path, flags, error), error);
}
