#include "terminal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/timestamp.h"

#define PAUSE_US (US_PER_S / 10)
#define WIPE_LINE "\r\033[K"

/* True if the terminal does more than print one line below the other. */
static bool is_capable(FILE *file)
{
    const char *type = getenv("TERM");

    return isatty(fileno(file)) && type != NULL && type[0] != '\0' && strcmp(type, "dumb") != 0;
}

bool terminal_has_colours(FILE *file)
{
    const char *none = getenv("NO_COLOR");

    return is_capable(file) && (none == NULL || none[0] == '\0');
}

void progress_show(struct progress *progress, const char *format, ...)
{
    int64_t now_us = timestamp_monotonic_us();
    va_list arguments;

    if (progress->is_off || !is_capable(stderr) || (progress->is_shown && now_us - progress->shown_us < PAUSE_US))
        return;
    progress->is_shown = true;
    progress->shown_us = now_us;
    fputs(WIPE_LINE, stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->is_shown)
        fputs(WIPE_LINE, stderr);
    progress->is_shown = false;
}
