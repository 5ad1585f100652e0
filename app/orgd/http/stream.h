/* An answer of any length, made in parts while it is sent: the whole selection of a list, as a file. A part is a page
 * of the list, so that no statement and no transaction stays open between two of them, and memory does not grow.
 *
 * The request of a stream is dispatched again for each part, from a copy of its environment. So each part asks anew
 * who is calling and what they may do, and a refusal ends the stream. A handler says only how to write one part:
 *
 *     static int read_part(struct exchange *exchange, void *filter, struct stream_part *part, struct error *err);
 *
 *     return stream_answer(exchange, read_part, &filter, INT64_MAX, err);
 *
 * A file that breaks off must not look whole. Without a length, web servers do not tell the client that an answer broke
 * off: lighttpd computes a length of what it has got, mod_fcgid and nginx end the answer as if it were complete. So all
 * parts are made twice. The first time they are only measured, the second time they are sent, behind a Content-Length.
 * A stream that is refused while it is measured is an ordinary refusal. Afterwards it breaks off: whoever sends it ends
 * the connection before its end. */
#ifndef ORGD_STREAM_H
#define ORGD_STREAM_H

#include "exchange.h"

/* A part has at most so many rows, and ends behind the row that makes it longer than that. */
#define STREAM_ROWS_MAX 250
#define STREAM_PART_BYTES ((size_t)256 * 1024)

struct stream_part {
    struct id after; /* behind which row it begins; nil: where the request says */
    int64_t limit;   /* rows at most */

    /* What the reader tells of it. */
    int64_t rows;
    struct id last;
    bool has_more;
};

/* Writes a part, and nothing else, into the body of the response, which it empties first. */
typedef int stream_read(struct exchange *exchange, void *context, struct stream_part *part, struct error *err);

enum stream_state {
    STREAM_IS_MEASURED, /* nothing can be sent yet */
    STREAM_BEGINS,      /* the length is known: the head and the first part can be sent */
    STREAM_GOES_ON,     /* another part is in service->out */
    STREAM_IS_REFUSED,  /* instead of all this a refusal is in service->out */
    STREAM_BREAKS,      /* something was sent, and the rest cannot be */
};

/* How far the parts have been made. */
struct stream_place {
    int64_t rows;
    size_t length; /* of the body */
    struct id last;
};

struct stream {
    enum stream_state state;
    struct arena *arena; /* it lives in it */
    char **environment;
    char id[REQUEST_ID_MAX + 1];
    struct access_line access;
    struct actor actor;
    const char *action;
    int status;
    int64_t limit;             /* of rows; INT64_MAX: all */
    struct stream_place first; /* behind the first part */
    struct stream_place place;
    struct stream_place end; /* once the stream has been measured */
    bool has_begun;          /* something was sent */
    bool is_over;            /* nothing follows on what can be sent now */
};

/* Answers with the first part; `limit` is how many rows there may be on the whole. If that is not all, a GET becomes a
 * stream, exchange->stream, unless the service collects all parts at once. Fails with ERR_TOO_MANY if there are too
 * many streams. */
int stream_answer(struct exchange *exchange, stream_read *read, void *context, int64_t limit,
                  struct error *err) NODISCARD;

/* Makes an exchange that has begun the next one of the stream. Afterwards call dispatch(), stream_judge() and
 * exchange_end(). */
void stream_resume(struct stream *stream, struct exchange *exchange);

/* Sets the state of the stream after dispatch(), of its first exchange too. */
void stream_judge(struct stream *stream, const struct exchange *exchange);

/* True if the exchange decides how the request is answered, which it does once. */
bool stream_is_decided(const struct exchange *exchange);

/* Writes the answer of an exchange into `out`: all of it, or, if it is a part of a stream, what is sent of that. */
void stream_write(const struct exchange *exchange, struct buf *out);

/* Writes the head and the first part into `out`, as the web server gets them, once the length is known. `kept` is what
 * the first exchange wrote. From then on parts are sent. If memory runs out, the stream breaks. */
void stream_begin(struct stream *stream, const struct buf *kept, struct buf *out);

/* Writes the access line, which says whether the answer broke off, and frees the stream. NULL is accepted. `is_whole`
 * says that all of it was sent. */
void stream_close(struct stream *stream, bool is_whole);

#endif
