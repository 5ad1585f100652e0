/* Growing bytes with a maximum. Failure is sticky and checked once, at the end. */
#ifndef ORGD_BUF_H
#define ORGD_BUF_H

#include <string.h>

#include "base.h"

struct buf {
    char *data; /* NUL-terminated once anything was added */
    size_t length;
    size_t size;
    size_t maximum;
    bool overflowed; /* something did not fit, or there was no memory for it; the content is not to be used */
};

/* An empty buffer that holds at most `maximum` bytes. Its memory is its own: release it with buf_release(). */
void buf_init(struct buf *buf, size_t maximum);

/* Empties the buffer and clears `overflowed`; keeps memory up to `keep` bytes for reuse and frees what is larger, or of
 * the reserve (memory.h), which small buffers can count on. */
void buf_reset(struct buf *buf, size_t keep);

/* Frees the memory. A zeroed buffer is accepted. */
void buf_release(struct buf *buf);

/* Each appends; past the maximum nothing is added and `overflowed` is set. */
static inline void buf_add(struct buf *buf, const void *data, size_t length);
void buf_add_string(struct buf *buf, const char *string);
static inline void buf_add_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* Appends a decimal integer. */
void buf_add_int(struct buf *buf, int64_t value);

/* Makes room for `length` more bytes and returns where to write them, or NULL past the maximum; buf_commit() then says
 * how many were written. */
char *buf_reserve(struct buf *buf, size_t length);
void buf_commit(struct buf *buf, size_t length);

/* The case in which the memory has to grow, or may not. */
void buf_add_beyond(struct buf *buf, const void *data, size_t length);

/* Answers are made of many small pieces, most of which just fit. There is never memory for more than the maximum. */
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
