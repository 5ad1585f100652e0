/* Sends a response to the web server. */
#ifndef ORGD_FASTCGI_OUTPUT_H
#define ORGD_FASTCGI_OUTPUT_H

#include <fcgiapp.h>

#include "base/buf.h"

/* Sends all of `out` as the request's output (FastCGI 1.0, 3.3 and 5.3). libfcgi would write a long answer in pieces of
 * 8 KiB, and each piece wakes the web server. So this function writes everything but the end itself, in records as long
 * as possible. Nothing may have been written to `request->out` before; end the request with FCGX_Finish_r() as always.
 * If the web server has gone, it returns without an error. If the web server takes nothing, a deadline (deadline.h)
 * ends the wait. */
void fastcgi_output(FCGX_Request *request, const struct buf *out);

#endif
