#include "hourly.h"

#include <sys/mman.h>

#include "slots.h"

/* An id has few places, so that looking is cheap, but more than one, so that two ids rarely forget each other. */
#define GROUPS 2048
#define PLACES_OF_GROUP 4
#define BYTES (sizeof(uint64_t) * GROUPS * PLACES_OF_GROUP)

/* A place says which hour and which id, in one word, so that nobody sees half of it: 24 bits count hours, and 40 are
 * random bits of the id. Others choose its group. */
#define HOUR_BITS 24
#define GROUP_BITS 16
#define HOUR_MASK ((UINT64_C(1) << HOUR_BITS) - 1)

void hourly_open(struct hourly *hourly, int fd)
{
    void *memory = slots_map(fd, SLOTS_AT_HOURLY, BYTES);

    if (memory == NULL)
        memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *hourly = (struct hourly){.places = memory == MAP_FAILED ? NULL : memory};
}

void hourly_close(struct hourly *hourly)
{
    if (hourly->places != NULL)
        munmap(hourly->places, BYTES);
}

/* The end of an id is random: 56 bits of it. */
static uint64_t random_of(const struct id *id)
{
    uint64_t bits = 0;

    for (size_t i = sizeof(id->bytes) - 7; i < sizeof(id->bytes); i++)
        bits = bits << 8 | id->bytes[i];
    return bits;
}

static _Atomic uint64_t *group_of(const struct hourly *hourly, const struct id *id)
{
    return &hourly->places[random_of(id) % GROUPS * PLACES_OF_GROUP];
}

static uint64_t word_of(const struct id *id, struct timestamp now)
{
    return random_of(id) >> GROUP_BITS << HOUR_BITS | ((uint64_t)(now.us / US_PER_HOUR) & HOUR_MASK);
}

static uint64_t load(_Atomic uint64_t *place)
{
    return atomic_load_explicit(place, memory_order_relaxed);
}

bool hourly_is_done(const struct hourly *hourly, const struct id *id, struct timestamp now)
{
    _Atomic uint64_t *group;
    uint64_t word = word_of(id, now);

    if (hourly->places == NULL)
        return true;
    group = group_of(hourly, id);
    for (size_t i = 0; i < PLACES_OF_GROUP; i++)
        if (load(&group[i]) == word)
            return true;
    return false;
}

/* Takes the place of this id before, else one of another hour, else any. */
static _Atomic uint64_t *choose(_Atomic uint64_t *group, uint64_t word)
{
    _Atomic uint64_t *chosen = &group[(word >> HOUR_BITS) % PLACES_OF_GROUP];

    for (size_t i = 0; i < PLACES_OF_GROUP; i++) {
        uint64_t there = load(&group[i]);

        if (there >> HOUR_BITS == word >> HOUR_BITS)
            return &group[i];
        if ((there & HOUR_MASK) != (word & HOUR_MASK))
            chosen = &group[i];
    }
    return chosen;
}

void hourly_note(struct hourly *hourly, const struct id *id, struct timestamp now)
{
    uint64_t word = word_of(id, now);

    if (hourly->places != NULL)
        atomic_store_explicit(choose(group_of(hourly, id), word), word, memory_order_relaxed);
}
