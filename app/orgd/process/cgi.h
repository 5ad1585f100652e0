/* Serves one request as a CGI program (RFC 3875), for hosts that have nothing better: each request pays for the start
 * of a process and for a connection to the database. */
#ifndef ORGD_CGI_H
#define ORGD_CGI_H

#include "domain/config.h"

/* True if a web server has started this process for one request. */
bool cgi_is_asked_for(void);

/* Answers the request. Returns the exit status of the process. */
int cgi_run(const struct config *config);

#endif
