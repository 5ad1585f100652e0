/* Counts what the processes of a service do, for /metrics, whoever started them. A process has one slot of a file that
 * all of them map, and is the only one that writes into it; who asks adds the slots up. The end of a process, however
 * it ends, gives its slot to the next one, which counts on from there: so nothing is lost, and no total goes back.
 *
 *     counters_add(COUNTER_STATEMENTS, 1);
 *
 * Counting is a plain addition in memory, without a lock and without a system call. Before counters_open(), or where
 * nobody opens any, a process counts for itself.
 *
 * A slot is taken by a lock on a byte of the file (fcntl(2)), which belongs to the process: so the file must not be
 * opened a second time, for closing that would give the slot away. */
#ifndef ORGD_COUNTERS_H
#define ORGD_COUNTERS_H

#include <stdatomic.h>

#include "base/digest.h"
#include "base/error.h"

/* The cells of a slot; those of the program stand behind them, from COUNTER_COUNT on. */
enum counter {
#define METRIC(name, kind, help)
#define SERIES(cell, labels) cell,
#include "counters.def"
#undef METRIC
#undef SERIES
    COUNTER_COUNT
};

#define COUNTERS_CELLS_MAX 8192

/* So many processes at a time have slots of their own. All others share one, by atomic additions; what they have at the
 * moment (counter_kind) is not told. */
#define COUNTERS_SLOTS 1024

enum counter_kind { COUNTER_TOTAL, COUNTER_NOW, COUNTER_LATEST };

/* The rows of counters.def. */
struct counter_row {
    const char *name;   /* of a metric that begins; NULL: this is a series of it */
    const char *help;   /* of a metric */
    const char *labels; /* of a series; may be "" */
    enum counter_kind kind;
    enum counter cell;
};

extern const struct counter_row counter_rows[]; /* ended by one without name and labels */

/* Where the counters are, and what they mean. */
struct counters_place {
    const char *path;         /* of their file; NULL: they are in memory that was inherited */
    int fd;                   /* that memory */
    const char *installation; /* whose counters they are: a path of its own */
    struct text layout;       /* what the program's own cells mean: with another text they are other counters */
    size_t cell_count;        /* with those of the program, at most COUNTERS_CELLS_MAX */
    size_t slot_count;        /* COUNTERS_SLOTS; tests take fewer */
};

/* Takes a slot. Call it once, after fork() and before confine(). A file that is not there is made, readable and
 * writable by this user only. One that an older version made, or that is damaged, is replaced by an empty one, with a
 * warning; processes that have it open go on with the old one. Fails with ERR_UNAVAILABLE, and then the process counts
 * for itself, if the file cannot be made or belongs to somebody or something else. */
int counters_open(const struct counters_place *place, struct error *err) NODISCARD;

/* Gives the slot back, with all that it has counted. */
void counters_close(void);

/* Makes memory for counters, which children inherit. Returns -1 with errno. */
int counters_make_memory(void);

/* True if the memory holds counters of this kind, or none yet. */
bool counters_fit(const struct counters_place *place);

/* Where this process counts. For the functions below only. */
extern struct counters {
    _Atomic int64_t *cells;
    bool is_shared; /* others write there, too */
} counters;

/* Adds to a cell. */
static inline void counters_add(size_t cell, int64_t number)
{
    _Atomic int64_t *value = &counters.cells[cell];

    if (counters.is_shared)
        atomic_fetch_add_explicit(value, number, memory_order_relaxed);
    else
        atomic_store_explicit(value, atomic_load_explicit(value, memory_order_relaxed) + number, memory_order_relaxed);
}

/* Sets what this process has at the moment (COUNTER_NOW), or what is the latest. */
static inline void counters_set(size_t cell, int64_t value)
{
    atomic_store_explicit(&counters.cells[cell], value, memory_order_relaxed);
}

/* Adds up what all processes have counted. `out` gets the `cell_count` cells of the place; `since_s`, when they began
 * at zero, in seconds since 1970. Fails with ERR_UNAVAILABLE. */
int counters_read(int64_t *out, int64_t *since_s, struct error *err) NODISCARD;

#endif
