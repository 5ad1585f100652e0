/* One request: a CGI/1.1 environment (RFC 3875), and a body that is read on demand. */
#ifndef ORGD_HTTP_REQUEST_H
#define ORGD_HTTP_REQUEST_H

#include "base/arena.h"
#include "base/error.h"
#include "urlencoded.h"

#define HTTP_SEGMENTS_MAX 8
#define HTTP_PARAMETERS_MAX 3

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_OPTIONS, HTTP_OTHER };

/* Reads up to `size` bytes of the body. Returns 0 at its end, and a negative number if it does not come in time. */
struct http_body_source {
    int (*read)(void *handle, char *out, int size);
    void *handle;
};

struct http_request {
    struct arena *arena;
    char *const *environment;
    enum http_method method;
    const char *mount; /* where the service is mounted: "" or "/prefix", percent-encoded, ready for links */
    struct text segments[HTTP_SEGMENTS_MAX]; /* decoded; empty segments are left out */
    size_t segment_count;
    bool names_nothing; /* the path is too long, or outside the mount */
    struct urlencoded query;
    struct http_body_source body_source;
};

/* Reads the environment, which the request borrows. Everything that it makes lives in `arena`. If the raw REQUEST_URI
 * agrees with PATH_INFO, it cuts the segments from REQUEST_URI before decoding, so that %2F survives. If they do not
 * agree (a rewrite, dot segments), it uses PATH_INFO. */
void http_request_init(struct http_request *request, struct arena *arena, char *const *environment,
                       struct http_body_source body_source);

/* Returns a CGI variable, or NULL if it is unset or empty. */
const char *http_request_variable(const struct http_request *request, const char *name);

/* True if the path has the form of `pattern`, such as "/organizations/{organization_id}". Stores the decoded parameters
 * in `parameters`, in order. */
bool http_request_matches(const struct http_request *request, const char *pattern,
                          struct text parameters[HTTP_PARAMETERS_MAX]);

/* Returns the value of the Authorization header, wherever the web server put it, or NULL. */
const char *http_request_authorization(const struct http_request *request);

/* True if Content-Type is this media type, with any parameters (RFC 9110, 8.3). */
bool http_request_has_media_type(const struct http_request *request, const char *media_type);

/* True if the body is compressed or the like (Content-Encoding: RFC 9110, 8.4). */
bool http_request_is_encoded(const struct http_request *request);

/* Reads the whole body, at most `maximum` bytes, into the arena. It uses CONTENT_LENGTH only to refuse early, because a
 * chunked body has none. Fails with ERR_TOO_LARGE, ERR_TOO_SLOW, or ERR_VALIDATION if the body ended before
 * CONTENT_LENGTH. */
int http_request_read_body(const struct http_request *request, size_t maximum, struct text *out,
                           struct error *err) NODISCARD;

#endif
