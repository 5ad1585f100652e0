/* One response, collected and then written as CGI output (RFC 3875, 6) in one piece. */
#ifndef ORGD_HTTP_RESPONSE_H
#define ORGD_HTTP_RESPONSE_H

#include "base/buf.h"
#include "http_request.h"

#define HTTP_BODY_MAXIMUM ((size_t)128 * 1024 * 1024)

struct http_response {
    int status;
    const char *content_type; /* of the body; NULL means application/json */
    struct buf headers;       /* complete lines, each ended by CR LF */
    struct buf body;
};

/* An empty response, status 200. Its buffers live as long as the worker. */
void http_response_init(struct http_response *response);
void http_response_release(struct http_response *response);

/* Empties it for the next request; large buffers are let go. */
void http_response_reset(struct http_response *response);

/* Adds a header line. A value with a control character in it is left out altogether, name included. */
void http_response_header(struct http_response *response, const char *name, const char *format, ...) PRINTF_LIKE(3, 4);

enum http_etag_use { HTTP_IF_NONE_MATCH, HTTP_IF_MATCH };

/* True if one of the entity tags in the list `header` (RFC 9110, 8.8.3; `*` matches any) is `etag`, which comes with
 * its quotes. What a compressing web server appended to it ("-gzip") does not count. For If-Match a weak tag never
 * matches, and what follows a ';' in a listed tag, by which we tell representations of one state apart, does not count
 * either. */
bool http_etag_matches(const char *header, const char *etag, enum http_etag_use use);

/* Replaces the response by 304 if it is a 200 to a GET or HEAD, and If-None-Match holds its `etag`. */
void http_response_not_modified(struct http_response *response, const struct http_request *request, const char *etag);

/* Appends the whole response to `out`. The body is left out for HEAD, 204 and 304. */
void http_response_write(const struct http_response *response, enum http_method method, struct buf *out);

#endif
