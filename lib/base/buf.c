#include "buf.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "memory.h"

void buf_init(struct buf *buf, size_t maximum)
{
    *buf = (struct buf){.maximum = maximum};
}

void buf_release(struct buf *buf)
{
    memory_free(buf->data);
    *buf = (struct buf){.maximum = buf->maximum};
}

void buf_reset(struct buf *buf, size_t keep)
{
    if (buf->size > keep || memory_is_reserve(buf->data)) {
        buf_release(buf);
        return;
    }
    buf->length = 0;
    buf->overflowed = false;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

static bool buf_grow(struct buf *buf, size_t length)
{
    size_t size;
    char *data;

    if (buf->overflowed || length > buf->maximum - buf->length) {
        buf->overflowed = true;
        return false;
    }
    if (buf->length + length < buf->size)
        return true;
    size = buf->size == 0 ? 1024 : buf->size * 2;
    while (size <= buf->length + length)
        size *= 2;
    if (size > buf->maximum)
        size = buf->maximum + 1; /* if there is room, it is within the maximum */
    data = memory_resize(buf->data, buf->length, size);
    if (data == NULL) {
        buf->overflowed = true;
        memory_ran_out(NULL);
        return false;
    }
    buf->data = data;
    buf->size = size;
    return true;
}

bool buf_add_stream(struct buf *buf, FILE *stream)
{
    char piece[4096];
    size_t length;

    while (!buf->overflowed && (length = fread(piece, 1, sizeof(piece), stream)) > 0)
        buf_add(buf, piece, length);
    return ferror(stream) == 0;
}

char *buf_reserve(struct buf *buf, size_t length)
{
    return buf_grow(buf, length) ? buf->data + buf->length : NULL;
}

void buf_commit(struct buf *buf, size_t length)
{
    assert(buf->length + length < buf->size);
    buf->length += length;
    buf->data[buf->length] = '\0';
}

void buf_add_beyond(struct buf *buf, const void *data, size_t length)
{
    char *room = buf_reserve(buf, length);

    if (room == NULL)
        return;
    if (length > 0)
        memcpy(room, data, length);
    buf_commit(buf, length);
}

void buf_add_string(struct buf *buf, const char *string)
{
    buf_add(buf, string, strlen(string));
}

void buf_add_int(struct buf *buf, int64_t value)
{
    char digits[24];
    char *at = digits + sizeof(digits);
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        *--at = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude > 0);
    if (value < 0)
        *--at = '-';
    buf_add(buf, at, (size_t)(digits + sizeof(digits) - at));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    int length;
    char *room;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    room = buf_reserve(buf, (size_t)length);
    if (room == NULL)
        return;
    va_start(arguments, format);
    vsnprintf(room, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buf_commit(buf, (size_t)length);
}
