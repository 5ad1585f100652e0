/* Bytes that grow up to a maximum. Append without checking, and check once at the end:
 *
 *     buf_add_string(&buf, "id=");
 *     buf_add_int(&buf, number);
 *     if (buf.overflowed)
 *         return error_set(err, ERR_UNAVAILABLE, "…"); */
#ifndef ORGD_BUF_H
#define ORGD_BUF_H

#include <stdio.h>
#include <string.h>

#include "base.h"

struct buf {
    char *data; /* NUL-terminated after the first addition */
    size_t length;
    size_t size;
    size_t maximum;
    bool overflowed; /* something did not fit, or memory ran out; do not use the content */
};

/* Makes an empty buffer that holds at most `maximum` bytes. It owns its memory; release it with buf_release(). */
void buf_init(struct buf *buf, size_t maximum);

/* Empties the buffer and clears `overflowed`. Keeps memory of up to `keep` bytes for reuse. Frees larger memory, and
 * memory of the reserve (memory.h), which only small buffers may use. */
void buf_reset(struct buf *buf, size_t keep);

/* Frees the memory. Accepts a zeroed buffer. */
void buf_release(struct buf *buf);

/* Append. Past the maximum they add nothing and set `overflowed`. */
static inline void buf_add(struct buf *buf, const void *data, size_t length);
void buf_add_string(struct buf *buf, const char *string);
static inline void buf_add_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* Appends a decimal integer. */
void buf_add_int(struct buf *buf, int64_t value);

/* Appends what is left of a stream, until it ends or no more fits. Returns false if it cannot be read: see errno. */
bool buf_add_stream(struct buf *buf, FILE *stream);

/* Makes room for `length` more bytes and returns where to write them, or NULL past the maximum. Then call buf_commit()
 * with the number of bytes that were written. */
char *buf_reserve(struct buf *buf, size_t length);
void buf_commit(struct buf *buf, size_t length);

/* Appends if the memory has to grow, or must not grow. For buf_add() only. */
void buf_add_beyond(struct buf *buf, const void *data, size_t length);

/* An answer consists of many small pieces, most of which fit; so this case is inline. There is never memory for more
 * than the maximum. */
static inline void buf_add(struct buf *buf, const void *data, size_t length)
{
    if (length == 0 || buf->overflowed || length >= buf->size - buf->length) {
        buf_add_beyond(buf, data, length);
        return;
    }
    memcpy(buf->data + buf->length, data, length);
    buf->length += length;
    buf->data[buf->length] = '\0';
}

static inline void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

#define buf_add_literal(buf, literal) buf_add((buf), (literal), sizeof(literal) - 1)

#endif
