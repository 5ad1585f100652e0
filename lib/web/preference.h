/* What a client would rather have: the headers Accept and Accept-Language (RFC 9110, 12.5).
 *
 *     if (preference_for_media(accept, "text/html") > preference_for_media(accept, "application/json"))
 *         show_page(); */
#ifndef ORGD_PREFERENCE_H
#define ORGD_PREFERENCE_H

#include "base/base.h"

/* One member of such a header. */
struct preference {
    struct text range; /* such as "de-CH" or "text/" "*" */
    double weight;     /* 1 unless it says otherwise; whatever else a client has written after q= */
};

/* Reads the next member of the header, and moves `header` behind it. Returns false at the end; NULL has none. A member
 * that is empty has an empty range. */
bool preference_next(const char **header, struct preference *out);

/* Returns the weight that Accept gives to a media type: that of the range which names it most precisely. 0 if none
 * does; 1 without the header. */
double preference_for_media(const char *accept, const char *media_type);

#endif
