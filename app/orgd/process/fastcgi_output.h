/* Sends a response to the web server, as records of FastCGI (FastCGI 1.0, 3.3 and 5). libfcgi would wait until the web
 * server has taken everything. This never waits:
 *
 *     struct fastcgi_output output = {.request_id = 1};
 *
 *     if (fastcgi_output_send(&output, &answer, fd) == 0)
 *         …the socket is full: send again when it takes more */
#ifndef ORGD_FASTCGI_OUTPUT_H
#define ORGD_FASTCGI_OUTPUT_H

#include "base/buf.h"

struct fastcgi_output {
    int request_id;
    bool has_more; /* another answer continues this one, with an output of its own */
    size_t sent;   /* bytes, those of records included */
};

/* Sends `answer` from where the last call ended, and unless there is more, the end of the request after it. Returns 1
 * when everything has been sent, 0 if the socket takes no more now, and -1 if the web server has gone. */
int fastcgi_output_send(struct fastcgi_output *output, const struct buf *answer, int fd) NODISCARD;

/* Says that the answer will never end, where all of a part has been sent and more was announced. To nginx 1.22 the end
 * of the connection alone would be the end of the answer. So this sends a record of a version that does not exist,
 * which every web server takes for a failure. Then close the connection. */
void fastcgi_output_break(int fd);

#endif
