/* A response on its way to the web server. */
#ifndef ORGD_FASTCGI_OUTPUT_H
#define ORGD_FASTCGI_OUTPUT_H

#include <fcgiapp.h>

#include "base/buf.h"

/* Sends the whole of `out` as the request's output (FastCGI 1.0, 3.3 and 5.3). libfcgi would write a long one in pieces
 * of 8 KiB, each of which wakes the web server: all but the end is written here, in records as long as they may be.
 * Nothing may have been written to `request->out` before; FCGX_Finish_r() ends the request as always. A web server that
 * has gone is no error of ours, and goes unreported; a deadline (deadline.h) ends the waiting for one that takes
 * nothing. */
void fastcgi_output(FCGX_Request *request, const struct buf *out);

#endif
