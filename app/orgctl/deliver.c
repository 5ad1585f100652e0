#include <unistd.h>

#include "base/timestamp.h"
#include "commands.h"
#include "domain/events/event_position.h"

/* As long as the lease of a process that was killed lasts, and longer. */
#define PATIENCE_US (5 * US_PER_S)
#define PAUSE_US (US_PER_S / 5)

int run_deliver(const struct invocation *in, struct error *err)
{
    int64_t end_us = timestamp_monotonic_us() + PATIENCE_US;
    int64_t given = 0;
    int result;

    while ((result = event_position_give(&in->call, NULL, NULL, &given, err)) < 0 && err->kind == ERR_BUSY &&
           timestamp_monotonic_us() < end_us)
        usleep(PAUSE_US);
    if (result < 0) {
        if (err->kind != ERR_BUSY)
            return -1;
        command_report(in, "%s\n", err->message);
    }
    command_report(in, "%lld event%s placed\n", (long long)given, given == 1 ? "" : "s");
    command_show_count(in, "events_placed", given);
    return 0;
}
