/* What has come of a request over a FastCGI connection (FastCGI 1.0, 3.3 and 5). A worker asks no more of a request
 * than where it ends; libfcgi reads what is in it:
 *
 *     if (fastcgi_input_is_whole(data, length))
 *         …libfcgi will not have to wait
 *     else if (fastcgi_input_add(&input, data, length) == FASTCGI_WHOLE)
 *         …the records of the head are in input.head, and the body is in input.body */
#ifndef ORGD_FASTCGI_INPUT_H
#define ORGD_FASTCGI_INPUT_H

#include "base/buf.h"

#define FASTCGI_HEADER_BYTES 8
#define FASTCGI_HEAD_BYTES_MAX ((size_t)1024 * 1024) /* far more than web servers let through */

/* A request in pieces, as it comes. */
struct fastcgi_input {
    struct buf head; /* the records up to the end of the parameters, as they came */
    struct buf body; /* the content of STDIN, without records */
    size_t body_maximum;
    unsigned char header[FASTCGI_HEADER_BYTES]; /* of the record that is under way */
    size_t header_length;
    size_t content_left; /* of this record */
    size_t padding_left;
    struct buf *target; /* where its content goes; NULL: it belongs to no request of ours */
    bool has_begun;
    bool has_head;
    bool has_ended;
};

enum fastcgi_progress {
    FASTCGI_PARTIAL,
    FASTCGI_WHOLE, /* all has come, or more of a body than anybody will read; `has_ended` tells which */
    FASTCGI_BROKEN /* this is no request, or there is no memory for it */
};

/* True if `data` starts with a whole request. Reads the headers of its records only. */
bool fastcgi_input_is_whole(const void *data, size_t length);

/* Prepares for a request whose body is worth keeping up to `body_maximum` bytes. */
void fastcgi_input_init(struct fastcgi_input *input, size_t body_maximum);
void fastcgi_input_release(struct fastcgi_input *input);

/* Takes the next bytes of the connection. What follows the end of the request is dropped. */
enum fastcgi_progress fastcgi_input_add(struct fastcgi_input *input, const void *data, size_t length);

/* The memory that it takes. */
size_t fastcgi_input_size(const struct fastcgi_input *input);

#endif
