/* A whole request: FastCGI parameters and body in, response and log out, over a database that does what the input says.
 * The input is text: lines NAME=value, an empty line, the body. The line `db=` is the script of fake_db.h, `text=` a
 * name that its rows may have; both are no parameters. In values and body {key}, {jwt} and so on stand for what
 * world.h has. Where FUZZ_REPLAY is in the environment, a line `status=` says what the answer must be: a corpus whose
 * inputs get other answers than they were written for has lost its worth. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "checked_dispatch.h"
#include "fake_db.h"
#include "fuzz.h"
#include "world.h"

#define VARIABLES_MAX 64
#define PIECE 1000 /* how much of the body comes at once */

static struct service service;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    checked_open(&service, world_open());
    return 0;
}

struct input {
    char *environment[VARIABLES_MAX + 1];
    size_t variable_count;
    struct text script;
    struct text free_text;
    struct text status;
    struct text body;
};

static struct text cut_line(struct text *rest)
{
    const char *end = memchr(rest->data, '\n', rest->length);
    struct text line = {rest->data, end == NULL ? rest->length : (size_t)(end - rest->data)};
    size_t used = line.length + (end != NULL);

    *rest = (struct text){rest->data + used, rest->length - used};
    return line;
}

static bool is_pseudo(struct text line, const char *start, struct text *out)
{
    size_t length = strlen(start);

    if (line.length < length || memcmp(line.data, start, length) != 0)
        return false;
    *out = (struct text){line.data + length, line.length - length};
    return true;
}

static void read_input(struct arena *arena, struct text rest, struct input *out)
{
    *out = (struct input){.variable_count = 0};
    for (struct text line = cut_line(&rest); line.length > 0; line = cut_line(&rest)) {
        if (is_pseudo(line, "db=", &out->script) || is_pseudo(line, "text=", &out->free_text) ||
            is_pseudo(line, "status=", &out->status))
            continue;
        if (out->variable_count < VARIABLES_MAX)
            out->environment[out->variable_count++] = (char *)(uintptr_t)world_expand(arena, line).data;
    }
    out->body = world_expand(arena, rest);
}

static int read_piece(void *handle, char *out, int size)
{
    struct text *rest = handle;
    size_t length = rest->length < PIECE ? rest->length : PIECE;

    if (length > (size_t)size)
        length = (size_t)size;
    memcpy(out, rest->data, length);
    *rest = (struct text){rest->data + length, rest->length - length};
    return (int)length;
}

static void check_status(const struct input *input)
{
    int expected = input->status.data == NULL ? 0 : (int)strtol(input->status.data, NULL, 10);

    if (getenv("FUZZ_REPLAY") == NULL || expected == 0 || expected == service.response.status)
        return;
    fprintf(stderr,
            "%s %s: %d, expected %d. If a statement has other columns or a handler other statements now, teach"
            " fake_columns.c, or write the input's db= anew.\n",
            input->environment[0], input->environment[1], service.response.status, expected);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    struct exchange exchange;
    struct input input;

    read_input(arena, (struct text){arena_strndup(arena, (const char *)data, size), size}, &input);
    fake_db_script(input.script, input.free_text, timestamp_now());
    checked_begin(&exchange, &service, input.environment,
                  (struct http_body_source){.read = read_piece, .handle = &input.body});
    checked_allow(input.free_text);
    checked_dispatch(&exchange);
    check_status(&input);
    checked_end(&exchange);
    arena_close(arena);
    return 0;
}
