#include <time.h>

#include "base/timestamp.h"
#include "commands.h"
#include "domain/access/purge.h"

/* Leaves the database to others for as long as it took. */
static bool rest(void *context, int64_t took_us)
{
    struct timespec pause = {.tv_sec = took_us / US_PER_S, .tv_nsec = took_us % US_PER_S * 1000};

    (void)context;
    nanosleep(&pause, NULL);
    return true;
}

int run_purge(const struct invocation *in, struct error *err)
{
    static const struct purge_pace pace = {.rest = rest};
    int64_t removed;

    if (purge_run(&in->call, &pace, &removed, err) < 0)
        return -1;
    command_report(in, "%lld row%s removed\n", (long long)removed, removed == 1 ? "" : "s");
    command_show_count(in, "rows_removed", removed);
    return 0;
}
