#include <time.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "commands.h"
#include "domain/access/purge.h"
#include "domain/credentials/event_heads.h"
#include "domain/events/refusal.h"
#include "terminal.h"

#define PATIENCE_US (70 * US_PER_S)
#define PAUSE_US (US_PER_S / 5)

/* A purge, and how far it has come. */
struct purging {
    struct progress progress;
    int64_t removed;
};

/* Leaves the database to others for as long as it took. */
static bool rest(void *context, int64_t took_us)
{
    struct timespec pause = {.tv_sec = took_us / US_PER_S, .tv_nsec = took_us % US_PER_S * 1000};
    struct purging *purging = context;

    progress_show(&purging->progress, "%lld rows removed", (long long)purging->removed);
    nanosleep(&pause, NULL);
    return true;
}

/* Waits for its turn, as long as the lease of one that was killed lasts. */
static int run_in_turn(const struct invocation *in, struct purging *purging, struct error *err)
{
    const struct purge_pace pace = {.rest = rest, .context = purging};
    int64_t end_us = timestamp_monotonic_us() + PATIENCE_US;
    int result;

    while ((result = purge_run(&in->call, &pace, &purging->removed, err)) < 0 && err->kind == ERR_BUSY &&
           timestamp_monotonic_us() < end_us) {
        progress_show(&purging->progress, "waiting for another process, which removes what is over");
        usleep(PAUSE_US);
    }
    progress_end(&purging->progress);
    return result;
}

/* Removes old events and signs the ends of the chains, once a day. The rest is done if that fails. */
static int64_t keep_events(const struct invocation *in, struct purging *purging)
{
    struct event_keeping keeping = {.rest = rest, .context = purging};
    struct error err;

    if (event_heads_keep_daily(&in->call, &keeping, &err) < 0)
        command_warn(in, "old events stay, and the ends of their chains unsigned: %s", err.message);
    progress_end(&purging->progress);
    return keeping.removed_events;
}

int run_purge(const struct invocation *in, struct error *err)
{
    struct purging purging = {.progress.is_off = in->is_quiet};
    int64_t removed;
    int flushed;

    do
        flushed = refusal_flush(&in->call, err);
    while (flushed > 0);
    if (flushed < 0)
        return -1;
    if (run_in_turn(in, &purging, err) < 0) {
        if (err->kind != ERR_BUSY)
            return -1;
        command_report(in, "%s\n", err->message);
    }
    removed = purging.removed + keep_events(in, &purging);
    command_report(in, "%lld row%s removed\n", (long long)removed, removed == 1 ? "" : "s");
    command_show_count(in, "rows_removed", removed);
    return 0;
}
