#include "counters.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "memory_pages.h"

/* Others may replace the file at the same time. */
#define ATTEMPTS_MAX 16

/* The bytes of the file that are locked: one for its making, and one for each slot. */
#define LOCK_OF_FILE 0
#define LOCK_OF_SLOT(slot) ((off_t)(slot) + 1)

#define MAGIC "orgdcnt1"

/* The beginning of the file. */
struct header {
    char magic[8];
    struct digest layout;
    struct digest installation;
    int64_t since_s;
    _Atomic int64_t used; /* so many slots have been taken; behind these there is nothing */
};

const struct counter_row counter_rows[] = {
#define METRIC(its_name, its_kind, its_help) {.name = (its_name), .help = (its_help), .kind = COUNTER_##its_kind},
#define SERIES(its_cell, its_labels) {.labels = (its_labels), .cell = (its_cell)},
#include "counters.def"
#undef METRIC
#undef SERIES
    {.name = NULL},
};

static _Atomic int64_t own_cells[COUNTERS_CELLS_MAX];

struct counters counters = {.cells = own_cells};

static struct {
    struct counters_place place;
    int fd;
    struct header *header; /* NULL: there is no file */
    size_t slot;
} opened = {.fd = -1};

/* The form of the file */

/* A slot begins with a page, so that processes share none. */
static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t slot_bytes(const struct counters_place *place)
{
    size_t page = page_bytes();

    return (place->cell_count * sizeof(int64_t) + page - 1) / page * page;
}

static off_t slot_offset(const struct counters_place *place, size_t slot)
{
    return (off_t)(page_bytes() + slot * slot_bytes(place));
}

/* With the slot that is shared. */
static off_t file_bytes(const struct counters_place *place)
{
    return slot_offset(place, place->slot_count + 1);
}

static struct digest layout_of(const struct counters_place *place)
{
    CLEANUP(buf_release) struct buf text;
    struct digest digest;

    buf_init(&text, SIZE_MAX / 2);
    buf_printf(&text, "%zu %zu\n", slot_bytes(place), place->slot_count);
    for (const struct counter_row *row = counter_rows; row->name != NULL || row->labels != NULL; row++)
        buf_printf(&text, "%s %d %s\n", row->name == NULL ? "" : row->name, (int)row->kind,
                   row->labels == NULL ? "" : row->labels);
    buf_add(&text, place->layout.data, place->layout.length);
    digest = digest_of(text.data, text.length);
    return digest;
}

static struct header header_of(const struct counters_place *place)
{
    struct header header = {
        .layout = layout_of(place),
        .installation = digest_of(place->installation, strlen(place->installation)),
        .since_s = timestamp_now().us / US_PER_S,
    };

    memcpy(header.magic, MAGIC, sizeof(header.magic));
    return header;
}

/* Locks */

static int set_lock(int fd, off_t byte, int command, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    int result;

    do
        result = fcntl(fd, command, &lock);
    while (result < 0 && errno == EINTR);
    return result;
}

/* True if another process has the slot. */
static bool is_taken(size_t slot)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCK_OF_SLOT(slot), .l_len = 1};

    return fcntl(opened.fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* The file */

enum state { FITS, EMPTY, OUTDATED, FOREIGN };

static enum state judge(const struct counters_place *place, int fd)
{
    struct header wanted = header_of(place);
    struct header found;
    struct stat status;
    ssize_t got = pread(fd, &found, sizeof(found), 0);

    if (fstat(fd, &status) < 0 || got < 0)
        return FOREIGN;
    if (got == 0)
        return EMPTY;
    if ((size_t)got < sizeof(found.magic) || memcmp(found.magic, MAGIC, sizeof(found.magic)) != 0)
        return FOREIGN;
    if ((size_t)got < sizeof(found))
        return OUTDATED;
    if (!digest_equal(&found.installation, &wanted.installation))
        return FOREIGN;
    return digest_equal(&found.layout, &wanted.layout) && status.st_size == file_bytes(place) && found.used >= 0 &&
                   found.used <= (int64_t)place->slot_count + 1
               ? FITS
               : OUTDATED;
}

/* Makes sure that there is room, so that no write into the mapped memory finds the disk full. */
static int allocate(int fd, off_t offset, size_t length)
{
    int error = posix_fallocate(fd, offset, (off_t)length);

    if (error == 0)
        return 0;
    errno = error;
    return -1;
}

static int fail(const struct counters_place *place, const char *what, struct error *err)
{
    return error_set(err, ERR_UNAVAILABLE, "cannot %s %s: %s", what,
                     place->path == NULL ? "the memory of the counters" : place->path, strerror(errno));
}

/* The header comes first, so that whoever finds less than all of the file knows that it is ours. */
static int make(const struct counters_place *place, int fd, struct error *err)
{
    struct header header = header_of(place);

    if (allocate(fd, 0, page_bytes()) == 0 && pwrite(fd, &header, sizeof(header), 0) == (ssize_t)sizeof(header) &&
        ftruncate(fd, file_bytes(place)) == 0)
        return 0;
    fail(place, "make", err);
    if (ftruncate(fd, 0) < 0)
        log_debug("cannot empty it again: %s", strerror(errno));
    return -1;
}

static int refuse(const struct counters_place *place, struct error *err)
{
    return error_set(err, ERR_UNAVAILABLE,
                     "%s is no file of counters of this service: let metrics_file name another one, or remove it",
                     place->path == NULL ? "the memory of the counters" : place->path);
}

/* Returns a file of this user; -1 with an error. */
static int open_own(const struct counters_place *place, struct error *err)
{
    int fd = open(place->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    struct stat status;

    if (fd < 0)
        return fail(place, "open", err);
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid())
        return fd;
    close(fd);
    return refuse(place, err);
}

/* Whether the path still leads to it. */
static bool is_in_place(const struct counters_place *place, int fd)
{
    struct stat of_path;
    struct stat of_file;

    return stat(place->path, &of_path) == 0 && fstat(fd, &of_file) == 0 && of_path.st_dev == of_file.st_dev &&
           of_path.st_ino == of_file.st_ino;
}

/* Makes the file one of this layout, while it is locked. Returns 1 if it is, 0 if it was removed, or -1. */
static int prepare(const struct counters_place *place, int fd, struct error *err)
{
    switch (judge(place, fd)) {
    case FITS:
        return 1;
    case EMPTY:
        return make(place, fd, err) < 0 ? -1 : 1;
    case OUTDATED:
        if (place->path == NULL)
            return refuse(place, err);
        log_warning("%s is damaged, or of another version of orgd: all counters begin at zero in a new one",
                    place->path);
        return unlink(place->path) < 0 ? fail(place, "replace", err) : 0;
    default:
        return refuse(place, err);
    }
}

/* Opens the file, and makes it if need be. Returns -1 with an error. */
static int open_file(const struct counters_place *place, struct error *err)
{
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        int fd = open_own(place, err);
        int done;

        if (fd < 0)
            return -1;
        if (set_lock(fd, LOCK_OF_FILE, F_SETLKW, F_WRLCK) < 0)
            done = fail(place, "lock", err);
        else
            done = is_in_place(place, fd) ? prepare(place, fd, err) : 0;
        set_lock(fd, LOCK_OF_FILE, F_SETLK, F_UNLCK);
        if (done > 0)
            return fd;
        close(fd);
        if (done < 0)
            return -1;
    }
    return error_set(err, ERR_UNAVAILABLE, "%s is replaced all the time: do two services name it?", place->path);
}

static int open_memory(const struct counters_place *place, struct error *err)
{
    int done;

    if (set_lock(place->fd, LOCK_OF_FILE, F_SETLKW, F_WRLCK) < 0)
        return fail(place, "lock", err);
    done = prepare(place, place->fd, err);
    set_lock(place->fd, LOCK_OF_FILE, F_SETLK, F_UNLCK);
    return done < 0 ? -1 : place->fd;
}

int counters_make_memory(void)
{
    return pages_make_file("counters");
}

bool counters_fit(const struct counters_place *place)
{
    enum state state = judge(place, place->fd);

    return state == FITS || state == EMPTY;
}

/* The slot */

static void *map(size_t length, off_t offset, int protection)
{
    void *memory = mmap(NULL, length, protection, MAP_SHARED, opened.fd, offset);

    return memory == MAP_FAILED ? NULL : memory;
}

/* Notes that slots up to this one are in the file. Others do so at the same time. */
static void note_used(size_t slot)
{
    int64_t used = atomic_load(&opened.header->used);

    while (used < (int64_t)slot + 1 && !atomic_compare_exchange_weak(&opened.header->used, &used, (int64_t)slot + 1))
        ;
}

/* What the last process had is gone with it; what it counted stays. It had a role until it ended by itself. */
static void take_over(void)
{
    bool has_died = counters.cells[COUNTER_WORKERS] != 0 || counters.cells[COUNTER_COURIERS] != 0;
    enum counter_kind kind = COUNTER_TOTAL;

    for (const struct counter_row *row = counter_rows; row->name != NULL || row->labels != NULL; row++) {
        kind = row->name == NULL ? kind : row->kind;
        if (row->name == NULL && kind == COUNTER_NOW)
            counters_set(row->cell, 0);
    }
    if (has_died)
        counters_add(COUNTER_DEATHS, 1);
}

static int take_slot(const struct counters_place *place, struct error *err)
{
    _Atomic int64_t *cells;
    size_t slot = 0;

    while (slot < place->slot_count && set_lock(opened.fd, LOCK_OF_SLOT(slot), F_SETLK, F_WRLCK) < 0)
        slot++;
    if (allocate(opened.fd, slot_offset(place, slot), slot_bytes(place)) < 0)
        return fail(place, "allocate room in", err);
    cells = map(slot_bytes(place), slot_offset(place, slot), PROT_READ | PROT_WRITE);
    if (cells == NULL)
        return fail(place, "map", err);
    opened.slot = slot;
    note_used(slot);
    counters = (struct counters){.cells = cells, .is_shared = slot == place->slot_count};
    if (counters.is_shared)
        log_warning(
            "more than %zu processes count at a time: /metrics tells what this one does, but not that it is there",
            place->slot_count);
    else
        take_over();
    counters_add(COUNTER_STARTS, 1);
    return 0;
}

int counters_open(const struct counters_place *place, struct error *err)
{
    assert(opened.fd < 0 && place->cell_count >= COUNTER_COUNT && place->cell_count <= COUNTERS_CELLS_MAX);
    opened.place = *place;
    opened.fd = place->path == NULL ? open_memory(place, err) : open_file(place, err);
    if (opened.fd < 0)
        return -1;
    opened.header = map(page_bytes(), 0, PROT_READ | PROT_WRITE);
    if (opened.header != NULL && take_slot(place, err) == 0)
        return 0;
    if (opened.header == NULL)
        fail(place, "map", err);
    counters_close();
    return -1;
}

void counters_close(void)
{
    if (counters.cells != own_cells) {
        if (!counters.is_shared) {
            counters_set(COUNTER_WORKERS, 0);
            counters_set(COUNTER_COURIERS, 0);
        }
        munmap((void *)counters.cells, slot_bytes(&opened.place));
        counters = (struct counters){.cells = own_cells};
    }
    if (opened.header != NULL)
        munmap(opened.header, page_bytes());
    if (opened.fd >= 0)
        close(opened.fd);
    opened.header = NULL;
    opened.fd = -1;
}

/* Reading */

static int64_t value_of(const int64_t *slots, size_t slot, size_t cell)
{
    const _Atomic int64_t *cells = (const _Atomic int64_t *)slots + slot * (slot_bytes(&opened.place) / sizeof(*slots));

    return atomic_load_explicit(&cells[cell], memory_order_relaxed);
}

static void add_slot(int64_t *out, const int64_t *slots, size_t slot)
{
    bool is_alive = slot < opened.place.slot_count && (slot == opened.slot || is_taken(slot));
    enum counter_kind kind = COUNTER_TOTAL;

    for (const struct counter_row *row = counter_rows; row->name != NULL || row->labels != NULL; row++) {
        int64_t value = row->name == NULL ? value_of(slots, slot, row->cell) : 0;

        if (row->name != NULL)
            kind = row->kind;
        else if (kind == COUNTER_LATEST)
            out[row->cell] = value > out[row->cell] ? value : out[row->cell];
        else if (kind == COUNTER_TOTAL || is_alive)
            out[row->cell] += value;
    }
    for (size_t cell = COUNTER_COUNT; cell < opened.place.cell_count; cell++)
        out[cell] += value_of(slots, slot, cell);
}

int counters_read(int64_t *out, int64_t *since_s, struct error *err)
{
    size_t used = opened.header == NULL ? 0 : (size_t)atomic_load(&opened.header->used);
    int64_t *slots = used == 0 || used > opened.place.slot_count + 1
                         ? NULL
                         : map(used * slot_bytes(&opened.place), slot_offset(&opened.place, 0), PROT_READ);

    if (slots == NULL)
        return error_set(err, ERR_UNAVAILABLE, "The counters cannot be read; the log says why.");
    memset(out, 0, opened.place.cell_count * sizeof(*out));
    for (size_t slot = 0; slot < used; slot++)
        add_slot(out, slots, slot);
    *since_s = opened.header->since_s;
    munmap(slots, used * slot_bytes(&opened.place));
    return 0;
}
