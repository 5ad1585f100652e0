/* What only a terminal gets: colours, and a line that says how far long work has come. */
#ifndef ORGCTL_TERMINAL_H
#define ORGCTL_TERMINAL_H

#include <stdint.h>
#include <stdio.h>

#include "base/base.h"

/* True if colours may be written there: it is a terminal, TERM says that it knows some, and NO_COLOR is not set
 * (https://no-color.org). */
bool terminal_has_colours(FILE *file);

/* How far work has come, on standard error, if that is a terminal. Begin with a zeroed struct. */
struct progress {
    bool is_off;      /* asked for by --quiet */
    bool is_shown;    /* there is a line to be wiped off */
    int64_t shown_us; /* when; monotonic */
};

/* Shows the line, at most ten times a second. */
void progress_show(struct progress *progress, const char *format, ...) PRINTF_LIKE(2, 3);

/* Wipes the line off, so that messages begin on a line of their own. */
void progress_end(struct progress *progress);

#endif
