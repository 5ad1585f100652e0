#include "stream.h"

#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "process/counters.h"

#define REQUEST_ID_VARIABLE "HTTP_X_REQUEST_ID"

/* Opening */

static bool is_variable(const char *variable, const char *name)
{
    size_t length = strlen(name);

    return strncmp(variable, name, length) == 0 && variable[length] == '=';
}

/* Copies the environment of a request, with the id that the request has got. */
static char **copy_environment(struct arena *arena, const struct exchange *exchange)
{
    char *const *from = exchange->request->environment;
    size_t count = 0;
    size_t at = 0;
    char **copy;

    while (from[count] != NULL)
        count++;
    copy = arena_alloc(arena, (count + 2) * sizeof(*copy));
    for (size_t i = 0; i < count; i++)
        if (!is_variable(from[i], REQUEST_ID_VARIABLE))
            copy[at++] = arena_strndup(arena, from[i], strlen(from[i]));
    copy[at++] = arena_printf(arena, REQUEST_ID_VARIABLE "=%s", exchange->id);
    copy[at] = NULL;
    return copy;
}

static struct text copy_text(struct arena *arena, struct text text)
{
    return text.data == NULL ? text : (struct text){arena_strndup(arena, text.data, text.length), text.length};
}

static struct access_line copy_line(struct arena *arena, const struct access_line *line)
{
    return (struct access_line){
        .method = copy_text(arena, line->method),
        .path = copy_text(arena, line->path),
        .address = copy_text(arena, line->address),
        .start_us = line->start_us,
    };
}

static struct stream *open_stream(const struct exchange *exchange, int64_t limit, const struct stream_place *first)
{
    struct arena *arena = arena_open();
    struct stream *stream = arena_zalloc(arena, sizeof(*stream));

    *stream = (struct stream){
        .state = STREAM_IS_MEASURED,
        .arena = arena,
        .environment = copy_environment(arena, exchange),
        .access = copy_line(arena, &exchange->access),
        .actor = exchange->actor,
        .status = exchange->response->status,
        .limit = limit,
        .first = *first,
        .place = *first,
    };
    memcpy(stream->id, exchange->id, sizeof(stream->id));
    return stream;
}

void stream_close(struct stream *stream, bool is_whole)
{
    if (stream == NULL)
        return;
    log_set_request_id(stream->id);
    if (stream->state != STREAM_IS_REFUSED) {
        stream->access.transfer = is_whole ? ACCESS_WHOLE : ACCESS_BROKEN_OFF;
        counters_add(is_whole ? COUNTER_STREAMS_WHOLE : COUNTER_STREAMS_BROKEN_OFF, 1);
    }
    access_log_write(&stream->access, &stream->actor, stream->action, stream->status, stream->place.length);
    log_set_request_id(NULL);
    arena_close(stream->arena);
}

/* Parts */

static void move_on(struct stream_place *place, const struct stream_part *part, size_t length)
{
    place->rows += part->rows;
    place->length += length;
    if (part->rows > 0)
        place->last = part->last;
}

static int read_next(struct exchange *exchange, stream_read *read, void *context, int64_t limit,
                     const struct stream_place *place, struct stream_part *part, struct error *err)
{
    int64_t left = limit - place->rows;

    *part = (struct stream_part){
        .after = place->last,
        .limit = left < STREAM_ROWS_MAX ? left : STREAM_ROWS_MAX,
    };
    if (read(exchange, context, part, err) < 0)
        return -1;
    part->has_more = part->has_more && part->rows < left;
    return 0;
}

/* The parts that are sent must be those that were measured: rows that were added meanwhile are behind the end, and rows
 * that were removed break the stream off. */
static int check_end(struct stream *stream, const struct stream_part *part, struct error *err)
{
    stream->state = STREAM_GOES_ON;
    stream->is_over = stream->place.rows == stream->end.rows;
    if (stream->is_over ? stream->place.length == stream->end.length : part->has_more)
        return 0;
    return error_set(err, ERR_INTERNAL, "Some of this was removed while it was sent.");
}

static int go_on(struct exchange *exchange, stream_read *read, void *context, struct error *err)
{
    struct stream *stream = exchange->stream;
    int64_t limit = stream->has_begun ? stream->end.rows : stream->limit;
    struct stream_part part;

    if (read_next(exchange, read, context, limit, &stream->place, &part, err) < 0)
        return -1;
    move_on(&stream->place, &part, exchange->response->body.length);
    if (stream->has_begun)
        return check_end(stream, &part, err);
    if (part.has_more)
        return 0;
    stream->end = stream->place;
    stream->place = stream->first;
    stream->state = STREAM_BEGINS;
    stream->is_over = stream->place.rows == stream->end.rows;
    return 0;
}

/* Adds all parts to the body, behind the first one. */
static int collect(struct exchange *exchange, stream_read *read, void *context, int64_t limit,
                   struct stream_place *place, struct error *err)
{
    struct buf *body = &exchange->response->body;
    struct buf whole = *body;
    struct stream_part part = {.has_more = true};
    int result = 0;

    buf_init(body, whole.maximum);
    while (part.has_more && !whole.overflowed && result == 0) {
        result = read_next(exchange, read, context, limit, place, &part, err);
        move_on(place, &part, body->length);
        buf_add(&whole, body->data, body->length);
        whole.overflowed |= body->overflowed;
    }
    buf_release(body);
    *body = whole;
    return result;
}

static int refuse(struct error *err)
{
    counters_add(COUNTER_ANSWERS_REFUSED, 1);
    error_set(err, ERR_TOO_MANY, "Too many large answers are being sent; try again later.");
    return error_retry_after(err, 1);
}

/* A stream outlives its request, so it keeps nothing of the reserve. */
static int forget(struct exchange *exchange, struct error *err)
{
    arena_close(exchange->stream->arena);
    exchange->stream = NULL;
    return memory_ran_out(err);
}

int stream_answer(struct exchange *exchange, stream_read *read, void *context, int64_t limit, struct error *err)
{
    const struct service *service = exchange->service;
    struct stream_place place = {.rows = 0};
    struct stream_part part;

    if (exchange->stream != NULL)
        return go_on(exchange, read, context, err);
    if (read_next(exchange, read, context, limit, &place, &part, err) < 0)
        return -1;
    move_on(&place, &part, exchange->response->body.length);
    if (!part.has_more)
        return 0;
    if (exchange->request->method == HTTP_HEAD) {
        exchange->response->has_no_length = true;
        return 0;
    }
    if (service->collects)
        return collect(exchange, read, context, limit, &place, err);
    if (!service->may_stream)
        return refuse(err);
    exchange->stream = open_stream(exchange, limit, &place);
    if (memory_is_short())
        return forget(exchange, err);
    exchange->response->has_no_length = true;
    return 0;
}

/* Exchanges */

void stream_resume(struct stream *stream, struct exchange *exchange)
{
    exchange->stream = stream;
    exchange->access.start_us = stream->access.start_us;
}

static bool is_answered(const struct exchange *exchange)
{
    return exchange->response->status == 200;
}

void stream_judge(struct stream *stream, const struct exchange *exchange)
{
    if (is_answered(exchange))
        return;
    if (stream->has_begun) {
        stream->state = STREAM_BREAKS;
        log_warning("the next part of an answer was refused: status %d", exchange->response->status);
        return;
    }
    stream->state = STREAM_IS_REFUSED;
    stream->status = exchange->response->status;
    stream->place.length = exchange->response->body.length;
    stream->is_over = true;
}

bool stream_is_decided(const struct exchange *exchange)
{
    const struct stream *stream = exchange->stream;

    return stream == NULL || (!stream->has_begun && (stream->state == STREAM_BEGINS || !is_answered(exchange)));
}

void stream_write(const struct exchange *exchange, struct buf *out)
{
    const struct http_response *response = exchange->response;

    if (exchange->stream == NULL || response->has_no_length || !is_answered(exchange))
        http_response_write(response, exchange->request->method, out);
    else if (exchange->stream->has_begun)
        buf_add(out, response->body.data, response->body.length);
}

void stream_begin(struct stream *stream, const struct buf *kept, struct buf *out)
{
    buf_printf(out, "Content-Length: %zu\r\n", stream->end.length);
    buf_add(out, kept->data, kept->length);
    stream->has_begun = true;
    if (out->overflowed)
        stream->state = STREAM_BREAKS;
}
