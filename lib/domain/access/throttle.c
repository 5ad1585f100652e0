#include "throttle.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "db/db_unit.h"
#include "throttle_sql.h"

/* After this time without an attempt, the count starts again. */
#define MEMORY_US US_PER_HOUR

/* A wait that nobody came back from for so long is over. */
#define TURN_MEMORY_US (600 * US_PER_S)

/* After the free attempts one waits, and each further one twice as long as the one before; or, where refill_s says so,
 * one more is free each time that this has passed. */
static const struct {
    const char *name;
    int64_t free_attempts;
    int64_t wait_s;     /* the first wait */
    int64_t wait_max_s; /* short where strangers must not be able to lock somebody out */
    int64_t refill_s;
    bool is_shared; /* by people who do not know each other */
} kinds[] = {
    [THROTTLE_USER] = {"user", 5, 1, 60, 0, false},
    [THROTTLE_BROWSER] = {"browser", 5, 1, 60, 0, false},
    [THROTTLE_SIGN_IN_ADDRESS] = {"sign-in from", 20, 1, 900, 0, true},
    [THROTTLE_TURN_ADDRESS] = {"turn from", 10, 1, 60, 0, true},
    [THROTTLE_USER_CODE_ADDRESS] = {"user code from", 10, 1, 900, 0, true},
    [THROTTLE_DEVICE_ADDRESS] = {"device from", 300, 1, 1, 1, true},
    [THROTTLE_RESET_ADDRESS] = {"reset from", 20, 1, 900, 0, true},
    [THROTTLE_RESET_ACCOUNT] = {"reset of", 3, 300, 900, 0, false},
    [THROTTLE_PROOF_ACCOUNT] = {"proof of", 5, 60, 900, 0, false},
    [THROTTLE_ACCOUNT_ADDRESS] = {"account from", 30, 1, 30, 30, true},
};

/* The networks of an IPv6 address, the widest first, so that everybody locks the buckets in one order. */
static const struct {
    unsigned bits;
    int64_t share; /* how many times the free attempts of the narrowest */
} networks[] = {{48, 16}, {56, 4}, {64, 1}};

void throttle_init(struct throttle *throttle, const struct call *call)
{
    *throttle = (struct throttle){.call = call};
}

static struct digest bucket_of(struct arena *arena, const char *name, struct text key)
{
    const char *text = arena_printf(arena, "%s %.*s", name, (int)key.length, key.data);

    return digest_of(text, strlen(text));
}

static void add(struct throttle *throttle, enum throttle_kind kind, struct text key, int64_t share)
{
    assert(throttle->count < THROTTLE_BUCKETS_MAX);
    throttle->buckets[throttle->count++] = (struct throttle_bucket){
        .kind = kind,
        .free_attempts = kinds[kind].free_attempts * share,
        .digest = bucket_of(throttle->call->arena, kinds[kind].name, key),
    };
}

void throttle_add(struct throttle *throttle, enum throttle_kind kind, struct text key)
{
    add(throttle, kind, key, 1);
}

/* Addresses */

/* Returns the address without a zone, and as IPv4 where it is that, mapped. */
static const char *unmapped(struct arena *arena, const char *address)
{
    const char *plain = arena_strndup(arena, address, strcspn(address, "%"));
    struct in6_addr ip;
    char v4[INET_ADDRSTRLEN];

    if (inet_pton(AF_INET6, plain, &ip) != 1 || !IN6_IS_ADDR_V4MAPPED(&ip))
        return plain;
    inet_ntop(AF_INET, ip.s6_addr + 12, v4, sizeof(v4));
    return arena_strndup(arena, v4, strlen(v4));
}

static struct text network_of(struct arena *arena, struct in6_addr ip, unsigned bits)
{
    char network[INET6_ADDRSTRLEN];

    memset(ip.s6_addr + bits / 8, 0, sizeof(ip.s6_addr) - bits / 8);
    inet_ntop(AF_INET6, &ip, network, sizeof(network));
    return text_of(arena_printf(arena, "%s/%u", network, bits));
}

void throttle_add_address(struct throttle *throttle, enum throttle_kind kind, const char *address)
{
    struct arena *arena = throttle->call->arena;
    const char *plain = address == NULL ? "unknown" : unmapped(arena, address);
    struct in6_addr ip;

    if (inet_pton(AF_INET6, plain, &ip) != 1) {
        add(throttle, kind, text_of(plain), 1);
        return;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(networks); i++)
        add(throttle, kind, network_of(arena, ip, networks[i].bits), networks[i].share);
}

struct text throttle_network(struct arena *arena, const char *address)
{
    const char *plain = address == NULL ? "unknown" : unmapped(arena, address);
    struct in6_addr ip;

    return inet_pton(AF_INET6, plain, &ip) == 1 ? network_of(arena, ip, networks[0].bits) : text_of(plain);
}

/* Counting */

/* Returns how many attempts still count. */
static int64_t counted(const struct throttle_bucket *bucket, const struct attempts_row *row, struct timestamp now)
{
    int64_t elapsed_us = now.us - row->last.us;
    int64_t refill_s = kinds[bucket->kind].refill_s;
    int64_t refilled = refill_s == 0 || elapsed_us < 0 ? 0 : elapsed_us / (refill_s * US_PER_S);

    return elapsed_us > MEMORY_US || refilled >= row->failures ? 0 : row->failures - refilled;
}

/* Returns how long to wait after the last of so many attempts. */
static int64_t delay_s(const struct throttle_bucket *bucket, int64_t failures)
{
    int64_t beyond = failures - bucket->free_attempts;
    int64_t most = kinds[bucket->kind].wait_max_s;

    if (beyond < 0)
        return 0;
    return beyond > 20 || kinds[bucket->kind].wait_s << beyond > most ? most : kinds[bucket->kind].wait_s << beyond;
}

int throttle_refuse(int64_t wait_s, struct error *err)
{
    error_set(err, ERR_TOO_MANY, "There were too many attempts. Try again in %lld second%s.", (long long)wait_s,
              wait_s == 1 ? "" : "s");
    return error_retry_after(err, wait_s);
}

static int plan_bucket(struct db_unit *unit, struct throttle *throttle, struct throttle_bucket *bucket,
                       struct error *err)
{
    const struct call *call = throttle->call;
    struct attempts_params params = {.bucket = bucket->digest, .now = call->now};
    struct attempts_row row = {0};
    int64_t rest_us;

    if (db_execute(call->db, &throttle_sql_ensure, &params, err) < 0 ||
        db_query_one(call->db, &throttle_sql_read, &params, call->arena, &row, err) < 0)
        return -1;
    bucket->previous = row.last;
    params.failures = counted(bucket, &row, call->now);
    rest_us = row.last.us + delay_s(bucket, params.failures) * US_PER_S - call->now.us;
    if (params.failures >= bucket->free_attempts && rest_us > 0)
        return throttle_refuse(rest_us / US_PER_S + 1, err);
    params.failures++;
    db_unit_add(unit, &throttle_sql_write, &params);
    return 0;
}

static int plan_take(struct db_unit *unit, void *context, struct error *err)
{
    struct throttle *throttle = context;

    for (size_t i = 0; i < throttle->count; i++)
        if (plan_bucket(unit, throttle, &throttle->buckets[i], err) < 0)
            return -1;
    return 0;
}

/* It does not matter whether a single attempt was counted. */
static int is_taken(struct db *db, void *context, struct error *err)
{
    (void)context;
    return db_connect(db, err) < 0 ? -1 : 1;
}

int throttle_take(struct throttle *throttle, struct error *err)
{
    struct db_work work = {.plan = plan_take, .locks = true, .is_done = is_taken, .context = throttle};

    return db_transaction(throttle->call->db, throttle->call->arena, &work, err);
}

static int undo(const struct throttle *throttle, const struct throttle_bucket *bucket,
                const struct db_statement *statement, struct error *err)
{
    struct attempts_params params = {.bucket = bucket->digest, .now = bucket->previous};

    return db_execute(throttle->call->db, statement, &params, err) < 0 ? -1 : 0;
}

int throttle_give_back(const struct throttle *throttle, struct error *err)
{
    for (size_t i = 0; i < throttle->count; i++)
        if (undo(throttle, &throttle->buckets[i], &throttle_sql_give_back, err) < 0)
            return -1;
    return 0;
}

int throttle_forgive(const struct throttle *throttle, struct error *err)
{
    for (size_t i = 0; i < throttle->count; i++) {
        const struct throttle_bucket *bucket = &throttle->buckets[i];

        if (undo(throttle, bucket, kinds[bucket->kind].is_shared ? &throttle_sql_give_back : &throttle_sql_forgive,
                 err) < 0)
            return -1;
    }
    return 0;
}

int throttle_await(const struct call *call, struct text key, int64_t *rest_s, struct error *err)
{
    struct attempts_params params = {
        .bucket = bucket_of(call->arena, "turn of", key),
        .now = call->now,
        .stale.us = call->now.us - TURN_MEMORY_US,
    };
    struct attempts_row row = {0};
    int64_t rest_us;

    if (db_execute(call->db, &throttle_sql_await, &params, err) < 0 ||
        db_query_one(call->db, &throttle_sql_look, &params, call->arena, &row, err) < 0)
        return -1;
    rest_us = row.last.us + THROTTLE_TURN_S * US_PER_S - call->now.us;
    *rest_s = rest_us <= 0 ? 0 : rest_us / US_PER_S + 1;
    return *rest_s == 0 && db_execute(call->db, &throttle_sql_write, &params, err) < 0 ? -1 : 0;
}
