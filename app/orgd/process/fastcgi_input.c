#include "fastcgi_input.h"

#include <fastcgi.h>

/* The places of a record's header. */
enum { AT_VERSION, AT_TYPE, AT_ID_HIGH, AT_ID_LOW, AT_LENGTH_HIGH, AT_LENGTH_LOW, AT_PADDING };

static size_t content_length(const unsigned char *header)
{
    return (size_t)header[AT_LENGTH_HIGH] << 8 | header[AT_LENGTH_LOW];
}

bool fastcgi_input_is_whole(const void *data, size_t length)
{
    const unsigned char *at = data;

    while (length >= FASTCGI_HEADER_BYTES) {
        size_t size = FASTCGI_HEADER_BYTES + content_length(at) + at[AT_PADDING];

        if (size > length)
            return false;
        if (at[AT_TYPE] == FCGI_STDIN && content_length(at) == 0)
            return true;
        at += size;
        length -= size;
    }
    return false;
}

void fastcgi_input_init(struct fastcgi_input *input, size_t body_maximum)
{
    *input = (struct fastcgi_input){.body_maximum = body_maximum};
    buf_init(&input->head, FASTCGI_HEAD_BYTES_MAX);
    buf_init(&input->body, body_maximum + FCGI_MAX_LENGTH);
}

void fastcgi_input_release(struct fastcgi_input *input)
{
    buf_release(&input->head);
    buf_release(&input->body);
}

size_t fastcgi_input_size(const struct fastcgi_input *input)
{
    return input->head.size + input->body.size;
}

static bool is_of_this_request(const struct fastcgi_input *input)
{
    const unsigned char *first = (const unsigned char *)input->head.data;

    return input->has_begun && input->header[AT_ID_HIGH] == first[AT_ID_HIGH] &&
           input->header[AT_ID_LOW] == first[AT_ID_LOW];
}

/* Decides what becomes of the record whose header has come. Returns false if it makes no sense there. */
static bool begin_record(struct fastcgi_input *input)
{
    bool is_empty = content_length(input->header) == 0;
    bool is_first = input->header[AT_TYPE] == FCGI_BEGIN_REQUEST;

    input->content_left = content_length(input->header);
    input->padding_left = input->header[AT_PADDING];
    input->target = NULL;
    if (input->header[AT_VERSION] != FCGI_VERSION_1 || (is_first && input->has_begun))
        return false;
    if (!is_first && !is_of_this_request(input))
        return true;
    switch (input->header[AT_TYPE]) {
    case FCGI_STDIN:
        input->target = &input->body;
        input->has_ended = is_empty;
        return input->has_head;
    case FCGI_BEGIN_REQUEST:
    case FCGI_PARAMS:
        if (input->has_head)
            return false;
        input->target = &input->head;
        input->has_begun = true;
        input->has_head = is_empty;
        input->header[AT_PADDING] = 0; /* padding is not kept */
        buf_add(&input->head, input->header, sizeof(input->header));
        return true;
    default:
        return false; /* the web server gives the request up, or takes us for a filter */
    }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Takes what comes next in the record. Returns how much that was. */
static size_t take(struct fastcgi_input *input, const char *data, size_t length)
{
    size_t count;

    if (input->header_length < sizeof(input->header)) {
        count = least(length, sizeof(input->header) - input->header_length);
        memcpy(input->header + input->header_length, data, count);
        input->header_length += count;
    } else if (input->content_left > 0) {
        count = least(length, input->content_left);
        if (input->target != NULL)
            buf_add(input->target, data, count);
        input->content_left -= count;
    } else {
        count = least(length, input->padding_left);
        input->padding_left -= count;
    }
    return count;
}

static bool is_at_end_of_record(const struct fastcgi_input *input)
{
    return input->header_length == sizeof(input->header) && input->content_left == 0 && input->padding_left == 0;
}

enum fastcgi_progress fastcgi_input_add(struct fastcgi_input *input, const void *data, size_t length)
{
    const char *at = data;

    while (length > 0) {
        bool had_header = input->header_length == sizeof(input->header);
        size_t count = take(input, at, length);

        at += count;
        length -= count;
        if (!had_header && input->header_length == sizeof(input->header) && !begin_record(input))
            return FASTCGI_BROKEN;
        if (input->head.overflowed || input->body.overflowed)
            return FASTCGI_BROKEN;
        if (input->body.length > input->body_maximum)
            return FASTCGI_WHOLE;
        if (!is_at_end_of_record(input))
            continue;
        if (input->has_ended)
            return FASTCGI_WHOLE;
        input->header_length = 0;
    }
    return FASTCGI_PARTIAL;
}
