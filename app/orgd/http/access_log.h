/* The access line: one line of the log a request, written when its answer has been sent. */
#ifndef ORGD_ACCESS_LOG_H
#define ORGD_ACCESS_LOG_H

#include "web/http_request.h"

#define LOGGED_BYTES_MAX 2048

/* What the line needs of a request whose environment is gone by then. */
struct access_line {
    struct text method;
    struct text path;
    int64_t start_us;
};

/* Keeps method and path in the request's arena; `start_us` is by timestamp_monotonic_us(). The path comes without its
 * query, which may hold what does not belong into a log. */
struct access_line access_log_begin(const struct http_request *request, int64_t start_us);

/* Writes the line. `bytes` is the length of the answer's body. */
void access_log_write(const struct access_line *line, int status, size_t bytes);

#endif
