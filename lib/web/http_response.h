/* One response. It is collected, and then written in one piece as CGI output (RFC 3875, 6). */
#ifndef ORGD_HTTP_RESPONSE_H
#define ORGD_HTTP_RESPONSE_H

#include "base/buf.h"
#include "http_request.h"

#define HTTP_BODY_MAXIMUM ((size_t)128 * 1024 * 1024)

struct http_response {
    int status;
    const char *content_type; /* NULL means application/json */
    bool has_no_length;       /* the body is not all there: no Content-Length is written */
    struct buf headers;       /* complete lines, each ended by CR LF */
    struct buf body;
};

/* Makes an empty response of status 200. Its buffers live as long as the worker. */
void http_response_init(struct http_response *response);
void http_response_release(struct http_response *response);

/* Empties the response for the next request, and frees large buffers. */
void http_response_reset(struct http_response *response);

/* Adds a header line. If the value has a control character, it adds nothing. */
void http_response_header(struct http_response *response, const char *name, const char *format, ...) PRINTF_LIKE(3, 4);

enum http_etag_use {
    HTTP_IF_NONE_MATCH,         /* of a read */
    HTTP_IF_MATCH,              /* of a write */
    HTTP_IF_NONE_MATCH_TO_WRITE /* of a write */
};

/* True if `etag` (with its quotes) is one of the entity tags in the list `header` (RFC 9110, 8.8.3; `*` matches any).
 * It ignores what a compressing web server appended to the tag ("-gzip"). For If-Match, a weak tag never matches. For
 * writes, what follows a ';' in a listed tag is ignored too: there we distinguish representations of one state. */
bool http_etag_matches(const char *header, const char *etag, enum http_etag_use use);

/* Replaces the response by 304 if it is a 200 to a GET or HEAD and If-None-Match contains `etag`. */
void http_response_not_modified(struct http_response *response, const struct http_request *request, const char *etag);

/* Appends the whole response to `out`, without the body for HEAD, 204 and 304. */
void http_response_write(const struct http_response *response, enum http_method method, struct buf *out);

#endif
