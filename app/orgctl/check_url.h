/* Probes the web server in front of a running orgd for known faults of web servers. */
#ifndef ORGCTL_CHECK_URL_H
#define ORGCTL_CHECK_URL_H

#include "base/arena.h"
#include "base/base.h"

extern const size_t check_url_count;

/* True if both URLs lead to the same place, or the first is a loopback address with the path of the second. */
bool check_url_is_like(const char *url, const char *public_url);

/* Says in a few words what probe number `index` checks. */
const char *check_url_name(size_t index);

/* Says what the fault means to somebody who cannot change the web server's configuration; NULL if it can be mended in a
 * .htaccess, or not be lived with. */
const char *check_url_cost(size_t index);

/* Says what it costs that the service at `url` is started anew for each request (plain CGI); NULL: it is not. */
const char *check_url_gateway(const char *url, struct arena *arena);

/* Runs a probe against the API mounted at `url`. Returns NULL if all is well, else what to do, in the arena. It needs
 * no credential and changes nothing. */
const char *check_url(const char *url, size_t index, struct arena *arena);

/* Returns the status of the answer to a GET of this URL, whoever answers; 0 if nobody does. */
long check_url_status(const char *url, struct arena *arena);

#endif
