/* Questions about URLs, answered by libcurl. */
#ifndef ORGD_URL_H
#define ORGD_URL_H

#include "base/base.h"
#include "process/settings.h"

enum url_verdict {
    URL_GOOD,
    URL_UNPARSABLE,
    URL_WRONG_SCHEME,
    URL_WITH_USER,   /* user name or password */
    URL_NOT_ENCODED, /* it has a character that RFC 3986 does not allow there */
};

/* Says whether the text is an absolute URL of scheme http or https, without user information (RFC 3986). The text must
 * be NUL-terminated as well. If memory runs out (memory.h), it notes that, and the answer has no meaning. */
enum url_verdict url_judge(struct text text);

/* True if the URL has nothing in it that RFC 3986 does not allow. Of a URL with no authority, such as "mailto:…". */
bool url_is_encoded(const char *url);

/* True of "localhost", [::1], and the addresses of 127.0.0.0/8. */
bool url_is_loopback(const char *host);

/* True of an http:// or https:// URL without user and fragment. */
bool url_is_http(const char *value);

/* True of an smtp:// or smtps:// URL without user, query and fragment. */
bool url_is_mail_server(const char *value);

/* True if the host of a URL, which one of the two above has taken, is loopback. */
bool url_leads_to_loopback(const char *value);

/* Returns the host of an absolute URL, in the arena: a name, or an address, in brackets if it is of IPv6. */
const char *url_host(const char *url, struct arena *arena);

/* Rules for settings: the URL of a service; the place of a key set (a file, or a URL that only its owner can
 * answer). */
extern const struct setting_rule url_rule_service;
extern const struct setting_rule url_rule_key_set;

#endif
