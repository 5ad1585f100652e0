#include "jsonr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

json_t *jsonr_parse(struct text text, size_t flags, json_error_t *error)
{
    jsonr_begin();
    return finish(json_load_callback(read_piece, &text, flags, error), error);
}

json_t *jsonr_parse_file(const char *path, size_t flags, json_error_t *error)
{
    jsonr_begin();
    return finish(json_load_file(path, flags, error), error);
}
