#include "courier.h"

#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/timestamp.h"
#include "counting.h"
#include "db/db_schema.h"
#include "domain/access/purge.h"
#include "domain/credentials/event_heads.h"
#include "domain/events/event_position.h"
#include "domain/events/refusal.h"
#include "domain/mail/mail_server.h"
#include "process/confine.h"
#include "process/counters.h"
#include "worker.h"

/* Between two looks at how many mails wait, for /metrics. */
#define COUNT_US (10 * US_PER_S)
/* Between two looks for events without a position, which clients wait for. */
#define BEAT_US (US_PER_S / 2)
/* Between two purges. Up to a half more, so that the couriers of several hosts keep apart. */
#define ROUND_US (5 * US_PER_S)
/* For a row lock. Eight attempts must end before the supervisor loses its patience. */
#define LOCK_TIMEOUT_S 1
/* The longest rest after one statement. */
#define REST_MAX_US US_PER_S
/* A pause doubles with each failure, so many times at most: to a minute or so, and to an hour or so for what is done
 * once a day. */
#define DOUBLED_MAX 3
#define DAILY_DOUBLED_MAX 9

struct courier {
    struct call call;
    struct arena *beat_memory; /* that of giving positions, which goes on within other work */
    int64_t beat_us;           /* when positions are given again */
    sigset_t signals;          /* that end it */
    bool is_told_to_end;
};

/* Blocks the signals that end the courier, so that they wait for sleep_for(). */
static void block_signals(sigset_t *out)
{
    static const int numbers[] = {SIGTERM, SIGINT, WORKER_DRAIN};

    sigemptyset(out);
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        signal(numbers[i], SIG_DFL); /* an ignored signal would not wait */
        sigaddset(out, numbers[i]);
    }
    sigprocmask(SIG_BLOCK, out, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
}

/* Returns false if the courier is to end. The signal that says so comes once. */
static bool sleep_for(struct courier *courier, int64_t us)
{
    struct timespec time = {.tv_sec = us / US_PER_S, .tv_nsec = us % US_PER_S * 1000};

    if (!courier->is_told_to_end)
        courier->is_told_to_end = sigtimedwait(&courier->signals, NULL, &time) > 0;
    return !courier->is_told_to_end;
}

/* Longer after each failure. */
static int64_t pause_us(int failures, int doubled_max)
{
    uint32_t random;

    random_fill(&random, sizeof(random));
    return (ROUND_US + random % (ROUND_US / 2)) << (failures < doubled_max ? failures : doubled_max);
}

/* Positions */

static bool is_told_to_end(void *context)
{
    return !sleep_for(context, 0);
}

/* Whoever else is at it does the work. */
static bool give_positions(struct courier *courier)
{
    struct call call = courier->call;
    struct error err;
    int64_t given = 0;

    call.now = timestamp_now();
    call.arena = courier->beat_memory;
    if (event_position_give(&call, is_told_to_end, courier, &given, &err) == 0 || err.kind == ERR_BUSY)
        return true;
    log_warning("courier: %s It tries again later.", err.message);
    return false;
}

static bool beat(struct courier *courier)
{
    bool is_done = give_positions(courier);

    arena_reset(courier->beat_memory);
    memory_forget();
    courier->beat_us = timestamp_monotonic_us() + (is_done ? BEAT_US : ROUND_US);
    return is_done;
}

/* Clients wait for positions, so they are given between the pieces of longer work, too. */
static void beat_if_due(struct courier *courier)
{
    if (timestamp_monotonic_us() >= courier->beat_us && !memory_has_run_out())
        beat(courier);
}

/* Leaves the database to the workers for as long as the statement took. */
static bool rest(void *context, int64_t took_us)
{
    struct courier *courier = context;
    int64_t left_us = took_us < REST_MAX_US ? took_us : REST_MAX_US;

    for (; left_us > BEAT_US; left_us -= BEAT_US) {
        beat_if_due(courier);
        if (!sleep_for(courier, BEAT_US))
            return false;
    }
    beat_if_due(courier);
    return sleep_for(courier, left_us);
}

/* Rounds */

static bool purge(struct courier *courier)
{
    const struct purge_pace pace = {.rest = rest, .context = courier};
    struct error err;
    int64_t removed;
    int result = purge_run(&courier->call, &pace, &removed, &err);

    counters_add(COUNTER_REMOVED_ROWS, removed);
    if (removed > 0)
        log_info("courier: %lld rows removed that were over", (long long)removed);
    if (result == 0 || err.kind == ERR_BUSY) { /* somebody else does the work */
        counters_add(COUNTER_ROUNDS_DONE, 1);
        counters_set(COUNTER_LAST_ROUND, timestamp_now().us / US_PER_S);
        return true;
    }
    counters_add(COUNTER_ROUNDS_FAILED, 1);
    log_warning("courier: %s It tries again later.", err.message);
    return false;
}

/* Writes events of refusals that orgd_event_refusals has only counted: a piece of them each round. */
static bool flush(struct courier *courier)
{
    struct error err;

    if (refusal_flush(&courier->call, &err) >= 0)
        return true;
    log_warning("courier: %s It tries again later.", err.message);
    return false;
}

/* Once a day. */
static bool keep_events(struct courier *courier)
{
    struct event_keeping keeping = {.rest = rest, .context = courier};
    struct error err;
    int result = event_heads_keep_daily(&courier->call, &keeping, &err);

    counters_add(COUNTER_REFUSED_CHAINS, keeping.refused_chains);
    if (keeping.removed_events > 0)
        log_info("courier: %lld events removed that were older than event_retention",
                 (long long)keeping.removed_events);
    if (result == 0)
        return true;
    counters_add(COUNTER_ROUNDS_FAILED, 1);
    log_warning("courier: old events stay, and the ends of their chains unsigned: %s It tries again later.",
                err.message);
    return false;
}

/* One piece of work, with the memory of its own. A connection is kept from beat to beat, because to connect costs more
 * than to ask; it goes back when others of this host lack one. */
static bool do_once(struct courier *courier, bool (*work)(struct courier *courier))
{
    bool is_done;

    courier->call.now = timestamp_now();
    is_done = work(courier);
    arena_reset(courier->call.arena);
    memory_forget();
    db_rest(courier->call.db, courier->call.config->database_idle_timeout * US_PER_S);
    return is_done;
}

/* Works until it is told to end. What fails is over; the next time begins with what is left. After failures all of it
 * waits for longer; but for what is done once a day nothing else waits. */
static void work(struct courier *courier)
{
    int failures = 0;
    int daily_failures = 0;
    int64_t purge_us = timestamp_monotonic_us() + pause_us(0, 0);
    int64_t daily_us = 0;

    while (sleep_for(courier, failures == 0 ? BEAT_US : pause_us(failures, DOUBLED_MAX))) {
        bool is_done = do_once(courier, beat);

        if (is_done && timestamp_monotonic_us() >= purge_us) {
            is_done = do_once(courier, flush) && do_once(courier, purge);
            purge_us = timestamp_monotonic_us() + pause_us(0, 0);
            if (is_done && timestamp_monotonic_us() >= daily_us) {
                daily_failures = do_once(courier, keep_events) ? 0 : daily_failures + 1;
                daily_us = timestamp_monotonic_us() + pause_us(daily_failures, DAILY_DOUBLED_MAX);
            }
        }
        failures = is_done ? 0 : failures + 1;
    }
}

/* Mails */

static void count_waiting(struct courier *courier)
{
    struct mail_waiting_row waiting;
    struct error err;

    if (mail_waiting(&courier->call, &waiting, &err) < 0)
        return;
    counters_set(COUNTER_MAILS_WAITING, waiting.count);
    counters_set(COUNTER_MAILS_OLDEST, waiting.oldest_s);
}

static bool deliver(struct courier *courier)
{
    struct mail_delivery delivery = {.is_over = is_told_to_end, .context = courier};
    struct mail_server server;
    struct error err;
    int result;

    mail_server_open(&server, courier->call.config, courier->call.arena);
    server.settings.is_over = is_told_to_end;
    server.settings.context = courier;
    delivery.transport = &server.transport;
    result = mail_deliver(&courier->call, &delivery, &err);
    mail_server_close(&server);
    if (result == 0)
        return true;
    log_warning("courier: %s; it tries again later", err.message);
    return false;
}

static void work_on_mails(struct courier *courier)
{
    int failures = 0;
    int64_t count_us = 0;

    while (sleep_for(courier, failures == 0 ? BEAT_US : pause_us(failures, DOUBLED_MAX))) {
        bool is_done = do_once(courier, deliver);

        failures = is_done ? 0 : failures + 1;
        if (timestamp_monotonic_us() < count_us)
            continue;
        count_us = timestamp_monotonic_us() + COUNT_US;
        count_waiting(courier);
        arena_reset(courier->call.arena);
    }
}

/* The process */

/* What a courier is for. */
struct duty {
    const char *name; /* as `ps` shows it */
    void (*work)(struct courier *courier);
};

static int run(const struct config *config, const struct duty *duty)
{
    struct shortage shortage;
    const struct db_options options = {
        .option_file = config->database_option_file,
        .group = "orgd",
        .timeout_s = (unsigned)config->database_timeout,
        .lock_timeout_s = LOCK_TIMEOUT_S,
        .check = db_schema_check,
        .shortage = &shortage,
    };
    struct courier courier = {.call.config = config};
    struct slots slots;
    struct error err;

    prctl(PR_SET_NAME, duty->name);
    block_signals(&courier.signals);
    slots_open(&slots, config->database_option_file);
    shortage_open(&shortage, slots.fd);
    counting_begin(config, COUNTER_COURIERS);
    if (confine(config->has_seccomp, config->log_directory, &err) < 0) {
        log_refusal(err.message);
        return 2;
    }
    log_take_stderr();
    courier.call.db = db_open(&options);
    courier.call.arena = arena_open();
    courier.beat_memory = arena_open();
    log_debug("courier ready");
    duty->work(&courier);
    log_debug("courier done");
    arena_close(courier.beat_memory);
    arena_close(courier.call.arena);
    db_close(courier.call.db);
    shortage_close(&shortage);
    slots_close(&slots);
    counters_close();
    return 0;
}

int courier_run(const struct config *config)
{
    return run(config, &(const struct duty){"orgd-courier", work});
}

int courier_run_mail(const struct config *config)
{
    return run(config, &(const struct duty){"orgd-mails", work_on_mails});
}
