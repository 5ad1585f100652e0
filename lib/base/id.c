#include "id.h"

#include <pthread.h>
#include <string.h>
#include <uuid/uuid.h>

#include "random.h"

static const uint8_t hyphen_after[] = {8, 12, 16, 20};

/* Inserts the hyphens, because uuid_parse() requires them. */
static void hyphenate(const char *digits, char out[ID_TEXT_SIZE])
{
    size_t next = 0;

    for (size_t at = 0; at < ID_DIGITS; at++) {
        if (next < ARRAY_LENGTH(hyphen_after) && at == hyphen_after[next]) {
            *out++ = '-';
            next++;
        }
        *out++ = digits[at];
    }
    *out = '\0';
}

bool id_parse(struct text text, struct id *out)
{
    char canonical[ID_TEXT_SIZE];

    if (text.length == ID_DIGITS) {
        hyphenate(text.data, canonical);
    } else if (text.length == 36) {
        memcpy(canonical, text.data, 36);
        canonical[36] = '\0';
    } else {
        return false;
    }
    return strlen(canonical) == 36 && uuid_parse(canonical, out->bytes) == 0;
}

void id_format(const struct id *id, char out[ID_TEXT_SIZE])
{
    uuid_unparse_lower(id->bytes, out);
}

void id_write_digits(const struct id *id, char out[ID_DIGITS])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < sizeof(id->bytes); i++) {
        *out++ = digits[id->bytes[i] >> 4];
        *out++ = digits[id->bytes[i] & 15];
    }
}

/* Random bytes for ids, fetched many at a time. After a fork the child must not use its parent's bytes. */
static struct {
    uint8_t bytes[512];
    size_t left;
} pool;

static void forget_pool(void)
{
    pool.left = 0;
}

static void take_random(uint8_t *out, size_t length)
{
    static bool is_watching_forks;

    if (!is_watching_forks)
        is_watching_forks = pthread_atfork(NULL, NULL, forget_pool) == 0;
    if (pool.left < length) {
        random_fill(pool.bytes, sizeof(pool.bytes));
        pool.left = sizeof(pool.bytes);
    }
    pool.left -= length;
    memcpy(out, pool.bytes + pool.left, length);
}

struct id id_new(struct timestamp now)
{
    uint64_t ms = (uint64_t)(now.us / 1000);
    unsigned fraction = (unsigned)(now.us % 1000) * 4096 / 1000 + 1;
    struct id id;

    take_random(id.bytes + 8, sizeof(id.bytes) - 8);
    for (int i = 0; i < 6; i++)
        id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    id.bytes[6] = (uint8_t)(0x70 | (fraction >> 8));
    id.bytes[7] = (uint8_t)fraction;
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
    return id;
}

struct timestamp id_place(const struct id *id)
{
    uint64_t ms = 0;
    unsigned fraction = (unsigned)(id->bytes[6] & 0x0f) << 8 | id->bytes[7];
    struct timestamp time;

    for (int i = 0; i < 6; i++)
        ms = ms << 8 | id->bytes[i];
    time.us = (int64_t)(ms * 1000 + fraction * 1000 / 4096);
    if (time.us == 0)
        time.us = 1;
    if (time.us > TIMESTAMP_MAX_US)
        time.us = TIMESTAMP_MAX_US;
    return time;
}

bool id_time(const struct id *id, struct timestamp *out)
{
    if (id->bytes[6] >> 4 != 7)
        return false;
    *out = id_place(id);
    return true;
}

bool id_equal(const struct id *a, const struct id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool id_is_nil(const struct id *id)
{
    return uuid_is_null(id->bytes) == 1;
}
