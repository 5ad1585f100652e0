/* Questions about URLs, answered by libcurl. */
#ifndef ORGD_URL_H
#define ORGD_URL_H

#include "base/base.h"

enum url_verdict { URL_GOOD, URL_UNPARSABLE, URL_WRONG_SCHEME };

/* Whether the text, which must be NUL-terminated as well, is an absolute URL of scheme http or https. It may note that
 * memory ran out (memory.h), and say anything then. */
enum url_verdict url_judge(struct text text);

#endif
