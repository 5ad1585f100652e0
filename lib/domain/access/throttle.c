#include "throttle.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "db/db_unit.h"
#include "throttle_sql.h"

/* After this time without an attempt, the count starts again. */
#define MEMORY_US (3600 * US_PER_S)

static const struct {
    const char *name;
    int64_t free_attempts;
    int64_t wait_max_s; /* short for a user: strangers must not be able to lock somebody out */
} kinds[] = {
    [THROTTLE_USER] = {"user", 5, 60},
    [THROTTLE_SIGN_IN_ADDRESS] = {"sign-in from", 20, 900},
    [THROTTLE_USER_CODE_ADDRESS] = {"user code from", 10, 900},
};

struct attempt {
    const struct call *call;
    enum throttle_kind kind;
    struct attempts_params params;
    struct timestamp previous;
};

static struct digest bucket_of(const struct call *call, enum throttle_kind kind, struct text key)
{
    const char *name = arena_printf(call->arena, "%s %.*s", kinds[kind].name, (int)key.length, key.data);

    return digest_of(name, strlen(name));
}

/* Returns how long to wait after the last of so many attempts. */
static int64_t delay_s(enum throttle_kind kind, int64_t failures)
{
    int64_t beyond = failures - kinds[kind].free_attempts;

    if (beyond < 0)
        return 0;
    return beyond > 20 || INT64_C(1) << beyond > kinds[kind].wait_max_s ? kinds[kind].wait_max_s : INT64_C(1) << beyond;
}

static int refuse(int64_t wait_s, struct error *err)
{
    error_set(err, ERR_TOO_MANY, "There were too many attempts. Try again in %lld second%s.", (long long)wait_s,
              wait_s == 1 ? "" : "s");
    return error_retry_after(err, wait_s);
}

static int plan_take(struct db_unit *unit, void *context, struct error *err)
{
    struct attempt *attempt = context;
    struct db *db = attempt->call->db;
    struct attempts_params *params = &attempt->params;
    struct attempts_row row = {0};
    int64_t rest_us;

    if (db_execute(db, &throttle_sql_ensure, params, err) < 0 ||
        db_query_one(db, &throttle_sql_read, params, attempt->call->arena, &row, err) < 0)
        return -1;
    attempt->previous = row.last;
    if (row.last.us + MEMORY_US < params->now.us)
        row.failures = 0;
    rest_us = row.last.us + delay_s(attempt->kind, row.failures) * US_PER_S - params->now.us;
    if (row.failures >= kinds[attempt->kind].free_attempts && rest_us > 0)
        return refuse(rest_us / US_PER_S + 1, err);
    params->failures = row.failures + 1;
    db_unit_add(unit, &throttle_sql_write, params);
    return 0;
}

/* It does not matter whether a single attempt was counted. */
static int is_taken(struct db *db, void *context, struct error *err)
{
    (void)context;
    return db_connect(db, err) < 0 ? -1 : 1;
}

int throttle_take(const struct call *call, enum throttle_kind kind, struct text key, struct timestamp *previous,
                  struct error *err)
{
    struct attempt attempt = {
        .call = call,
        .kind = kind,
        .params = {.bucket = bucket_of(call, kind, key), .now = call->now},
    };
    struct db_work work = {.plan = plan_take, .locks = true, .is_done = is_taken, .context = &attempt};

    if (db_transaction(call->db, call->arena, &work, err) < 0)
        return -1;
    *previous = attempt.previous;
    return 0;
}

int throttle_forgive(const struct call *call, enum throttle_kind kind, struct text key, struct error *err)
{
    struct attempts_params params = {.bucket = bucket_of(call, kind, key)};

    return db_execute(call->db, &throttle_sql_forgive, &params, err) < 0 ? -1 : 0;
}

int throttle_give_back(const struct call *call, enum throttle_kind kind, struct text key, struct timestamp previous,
                       struct error *err)
{
    struct attempts_params params = {.bucket = bucket_of(call, kind, key), .now = previous};

    return db_execute(call->db, &throttle_sql_give_back, &params, err) < 0 ? -1 : 0;
}

struct text throttle_address(struct arena *arena, const char *address)
{
    struct in6_addr ip;
    char network[INET6_ADDRSTRLEN];

    if (address == NULL)
        return TEXT("unknown");
    if (inet_pton(AF_INET6, address, &ip) != 1)
        return text_of(arena_strndup(arena, address, strlen(address)));
    memset(ip.s6_addr + 8, 0, 8);
    inet_ntop(AF_INET6, &ip, network, sizeof(network));
    return text_of(arena_strndup(arena, network, strlen(network)));
}
