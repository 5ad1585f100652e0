/* Probing the web server in front of a running orgd for what web servers are known to get wrong. */
#ifndef ORGCTL_CHECK_URL_H
#define ORGCTL_CHECK_URL_H

#include "base/arena.h"

extern const size_t check_url_count;

/* What probe number `index` looks at, in a few words. */
const char *check_url_name(size_t index);

/* Runs it against the API mounted at `url`. NULL if all is well, else what to do, in the arena. No credential is needed
 * and nothing is changed. */
const char *check_url(const char *url, size_t index, struct arena *arena);

#endif
