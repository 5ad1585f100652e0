/* Asks whether a text is of a form. */
#ifndef ORGD_PATTERN_H
#define ORGD_PATTERN_H

#include "base.h"

/* True if the text matches an extended regular expression of POSIX, which begins with ^ and ends with $. The text is
 * NUL-terminated as well. If memory runs out (memory.h), it notes that, and the answer has no meaning. */
bool pattern_matches(const char *pattern, struct text text);

#endif
