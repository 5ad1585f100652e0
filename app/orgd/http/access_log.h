/* The access line: one line of the log a request, written when its answer has been sent. */
#ifndef ORGD_ACCESS_LOG_H
#define ORGD_ACCESS_LOG_H

#include "domain/access/caller.h"
#include "web/http_request.h"

#define LOGGED_BYTES_MAX 2048

/* How an answer that was made in parts ended. */
enum access_transfer { ACCESS_IN_ONE, ACCESS_WHOLE, ACCESS_BROKEN_OFF };

/* What the line needs of a request. The request's environment no longer exists when the line is written. */
struct access_line {
    struct text method;
    struct text path;
    struct text address; /* without data: the web server has not told */
    int64_t start_us;
    enum access_transfer transfer;
};

/* Keeps the method and the path, in the request's arena. `start_us` comes from timestamp_monotonic_us(). Leaves out the
 * query, which may hold secrets. */
struct access_line access_log_begin(const struct http_request *request, int64_t start_us);

/* Writes the line. `actor` is whose credential counted; `action` what is on record, or whose proof was refused, or
 * NULL; `bytes` is the length of the answer's body. */
void access_log_write(const struct access_line *line, const struct actor *actor, const char *action, int status,
                      size_t bytes);

#endif
