/* A whole request: FastCGI parameters and body in, response and log out, over a database that does what the input says.
 * The input is text: lines NAME=value, an empty line, the body. The line `db=` is the script of fake_db.h, `text=` a
 * name that its rows may have; both are no parameters. In values and body {key}, {jwt} and so on stand for what
 * world.h has. With FUZZ_SHOW in the environment, responses are printed. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/orgd/dispatch.h"
#include "base/log.h"
#include "base/text.h"
#include "check_response.h"
#include "fake_db.h"
#include "fuzz.h"
#include "world.h"

#define VARIABLES_MAX 64
#define PIECE 1000 /* how much of the body comes at once */

static struct service service;
static struct memory_file log_file;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const struct config *config = world_open();
    struct error err;

    (void)argc;
    (void)argv;
    log_file = memory_file_open();
    if (log_open("orgd", log_file.path, LOG_LEVEL_DEBUG, &err) < 0 || service_open(&service, config, &err) < 0)
        return -1;
    return 0;
}

struct input {
    char *environment[VARIABLES_MAX + 1];
    size_t variable_count;
    struct text script;
    struct text free_text;
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
        if (is_pseudo(line, "db=", &out->script) || is_pseudo(line, "text=", &out->free_text))
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

/* All that the client sent, in one text. */
static struct text sent_by(struct arena *arena, const struct input *input)
{
    struct text sent;
    struct buf all;

    buf_init(&all, (size_t)8 * 1024 * 1024);
    for (size_t i = 0; i < input->variable_count; i++) {
        buf_add_string(&all, input->environment[i]);
        buf_add_char(&all, '\n');
    }
    buf_add(&all, input->body.data, input->body.length);
    sent = (struct text){arena_strndup(arena, all.data, all.length), all.length};
    buf_release(&all);
    return sent;
}

static const char *variable(const struct input *input, const char *name)
{
    struct http_request request = {.environment = input->environment};
    const char *value = http_request_variable(&request, name);

    return value == NULL ? "" : value;
}

static void check_what_was_logged(struct arena *arena, const struct input *input)
{
    off_t length = lseek(log_file.fd, 0, SEEK_END);
    char *lines = arena_alloc(arena, (size_t)length + 1);
    const char *uri = variable(input, "REQUEST_URI");
    const char *shown =
        arena_printf(arena, "%.*s\n%s", (int)strcspn(uri, "?#"), uri, variable(input, "REQUEST_METHOD"));

    assert(pread(log_file.fd, lines, (size_t)length, 0) == length);
    memory_file_write(&log_file, "", 0);
    check_log(text_of(shown), (struct text){lines, (size_t)length});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    struct http_request mount_of;
    struct checked_request request;
    struct input input;
    struct text rest;

    read_input(arena, (struct text){arena_strndup(arena, (const char *)data, size), size}, &input);
    fake_db_script(input.script, input.free_text, timestamp_now());
    http_request_init(&mount_of, arena, input.environment, (struct http_body_source){NULL, NULL});
    request = (struct checked_request){
        .sent = sent_by(arena, &input), .mount = mount_of.mount, .is_head = mount_of.method == HTTP_HEAD};
    rest = input.body;
    dispatch(&service, input.environment, (struct http_body_source){.read = read_piece, .handle = &rest});
    if (getenv("FUZZ_SHOW") != NULL)
        printf("%s\n", service.out.data);
    check_response(&request, (struct text){service.out.data, service.out.length});
    dispatch_finish(&service);
    check_what_was_logged(arena, &input);
    arena_close(arena);
    return 0;
}
