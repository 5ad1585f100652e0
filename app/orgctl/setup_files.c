#include "setup_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

#define FILE_BYTES_MAX ((size_t)1024 * 1024)
#define PIECE_BYTES ((size_t)64 * 1024)

/* Templates */

static const char *value_of(const struct setup_hole *holes, const char *name, size_t length)
{
    while (holes->name != NULL && (strlen(holes->name) != length || strncmp(holes->name, name, length) != 0))
        holes++;
    if (holes->name == NULL)
        abort(); /* a template with a hole that nobody knows */
    return holes->value;
}

const char *setup_fill(const char *template, const struct setup_hole *holes, struct arena *arena)
{
    struct buf text;
    const char *result;

    buf_init(&text, FILE_BYTES_MAX);
    for (const char *hole; (hole = strstr(template, "{{")) != NULL; template = strstr(hole, "}}") + 2) {
        const char *name = hole + 2;

        buf_add(&text, template, (size_t)(hole - template));
        buf_add_string(&text, value_of(holes, name, (size_t)(strstr(name, "}}") - name)));
    }
    buf_add_string(&text, template);
    result = arena_strndup(arena, text.data, text.length);
    buf_release(&text);
    return result;
}

/* Files */

static int fail(const char *what, const char *path, struct error *err)
{
    return error_set(err, ERR_INTERNAL, "cannot %s %s: %s", what, path, strerror(errno));
}

static void close_file(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static void free_text(char *const *text)
{
    free(*text);
}

int setup_make_directory(const char *path, const struct setup_access *access, enum setup_result *out, struct error *err)
{
    struct stat status;

    *out = mkdir(path, 0700) == 0 ? SETUP_MADE : SETUP_THERE;
    if (*out == SETUP_THERE && errno != EEXIST)
        return fail("make the directory", path, err);
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return error_set(err, ERR_INTERNAL, "%s is there and is no directory: move it away", path);
    if (status.st_uid != geteuid())
        return error_set(err, ERR_FORBIDDEN,
                         "%s belongs to another user, who may change what is in it: move it away, or let root run "
                         "'chown -R %u %s'",
                         path, (unsigned)geteuid(), path);
    if (*out == SETUP_THERE && (status.st_mode & ACCESSPERMS) == access->mode)
        return 0;
    if (*out == SETUP_THERE)
        *out = SETUP_RENEWED;
    if (chown(path, (uid_t)-1, access->group) != 0 || chmod(path, access->mode) != 0)
        return fail("set the mode of", path, err);
    return 0;
}

const char *setup_read(const char *path, struct arena *arena)
{
    FILE *file = fopen(path, "re");
    CLEANUP(buf_release) struct buf content;
    const char *text = NULL;

    buf_init(&content, FILE_BYTES_MAX);
    if (file == NULL)
        return NULL;
    if (buf_add_stream(&content, file) && !content.overflowed)
        text = arena_strndup(arena, content.length > 0 ? content.data : "", content.length);
    else if (content.overflowed)
        errno = EFBIG;
    fclose(file);
    return text;
}

/* A new file beside the one that it takes the place of. */
struct draft {
    const char *path;
    char name[4096];
    int fd;
};

/* Nobody else names a file so. */
static void remove_drafts(const char *path)
{
    char pattern[4096];
    glob_t found;

    snprintf(pattern, sizeof(pattern), "%s.setup-??????", path);
    if (glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            unlink(found.gl_pathv[i]);
    globfree(&found);
}

static int draft_begin(struct draft *draft, const char *path, struct error *err)
{
    remove_drafts(path); /* of a run that was cut off */
    draft->path = path;
    snprintf(draft->name, sizeof(draft->name), "%s.setup-XXXXXX", path);
    draft->fd = mkostemp(draft->name, O_CLOEXEC);
    return draft->fd < 0 ? fail("write", draft->name, err) : 0;
}

/* The mode comes last, so that it never opens the file to another group. The file is closed before it takes its place:
 * a program that somebody may write cannot be executed. */
static int draft_end(struct draft *draft, const struct setup_access *access, int result, struct error *err)
{
    if (result == 0 && (fchown(draft->fd, (uid_t)-1, access->group) != 0 || fchmod(draft->fd, access->mode) != 0 ||
                        fsync(draft->fd) != 0))
        result = fail("write", draft->path, err);
    if (close(draft->fd) != 0 && result == 0)
        result = fail("write", draft->path, err);
    if (result == 0 && rename(draft->name, draft->path) != 0)
        result = fail("write", draft->path, err);
    if (result < 0)
        unlink(draft->name);
    return result;
}

static int write_all(int fd, const char *path, const char *data, size_t length, struct error *err)
{
    while (length > 0) {
        ssize_t written = write(fd, data, length);

        if (written < 0)
            return fail("write", path, err);
        data += written;
        length -= (size_t)written;
    }
    return 0;
}

int setup_replace(const char *path, const char *text, const struct setup_access *access, struct error *err)
{
    struct draft draft;

    if (draft_begin(&draft, path, err) < 0)
        return -1;
    return draft_end(&draft, access, write_all(draft.fd, path, text, strlen(text), err), err);
}

/* For a file of a group that we are not in. */
static int write_into(const char *path, const char *text, struct error *err)
{
    CLEANUP(close_file) int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return fail("write", path, err);
    if (write_all(fd, path, text, strlen(text), err) < 0)
        return -1;
    return ftruncate(fd, (off_t)strlen(text)) != 0 ? fail("write", path, err) : 0;
}

/* True if a new file can be given to the group. */
static bool can_give(gid_t group)
{
    return geteuid() == 0 || group == getegid() || group_member(group) != 0;
}

int setup_edit(const char *path, const char *text, const struct setup_access *access, struct error *err)
{
    CLEANUP(free_text) char *real = realpath(path, NULL);
    struct setup_access kept;
    struct stat status;

    if (real == NULL && lstat(path, &status) == 0)
        return error_set(err, ERR_INTERNAL, "%s leads to no file: remove it", path);
    if (real == NULL || stat(real, &status) != 0)
        return setup_replace(path, text, access, err);
    if (!can_give(status.st_gid))
        return write_into(real, text, err);
    kept = (struct setup_access){status.st_mode & ACCESSPERMS, status.st_gid};
    return setup_replace(real, text, &kept, err);
}

int setup_write(const char *path, const char *text, const struct setup_access *access, struct arena *arena,
                enum setup_result *out, struct error *err)
{
    const char *old = setup_read(path, arena);

    if (old == NULL && errno != ENOENT)
        return fail("read", path, err);
    *out = old == NULL ? SETUP_MADE : strcmp(old, text) == 0 ? SETUP_THERE : SETUP_RENEWED;
    return *out == SETUP_THERE ? 0 : setup_replace(path, text, access, err);
}

/* Copies */

/* Reads a piece of both files. Returns how much the first one gave, 0 at its end, or -1; `is_same` says whether the
 * other has the same. */
static ssize_t read_both(int from, int other, char *piece, char *other_piece, bool *is_same)
{
    ssize_t got = read(from, piece, PIECE_BYTES);
    ssize_t other_got = other < 0 ? -1 : read(other, other_piece, PIECE_BYTES);

    *is_same = got == other_got && (got <= 0 || memcmp(piece, other_piece, (size_t)got) == 0);
    return got;
}

static bool have_same_content(int from, int other)
{
    char piece[PIECE_BYTES];
    char other_piece[PIECE_BYTES];
    bool is_same;

    while (read_both(from, other, piece, other_piece, &is_same) > 0 && is_same)
        ;
    lseek(from, 0, SEEK_SET);
    return is_same;
}

static int copy_content(int from, const struct draft *draft, struct error *err)
{
    char piece[PIECE_BYTES];
    ssize_t got;

    while ((got = read(from, piece, sizeof(piece))) > 0)
        if (write_all(draft->fd, draft->path, piece, (size_t)got, err) < 0)
            return -1;
    return got < 0 ? fail("copy to", draft->path, err) : 0;
}

int setup_copy(const char *from, const char *to, mode_t mode, enum setup_result *out, struct error *err)
{
    const struct setup_access access = {mode, (gid_t)-1};
    CLEANUP(close_file) int fd = open(from, O_RDONLY | O_CLOEXEC);
    CLEANUP(close_file) int old = open(to, O_RDONLY | O_CLOEXEC);
    struct draft draft;

    if (fd < 0)
        return fail("read", from, err);
    *out = old < 0 ? SETUP_MADE : have_same_content(fd, old) ? SETUP_THERE : SETUP_RENEWED;
    if (*out == SETUP_THERE)
        return 0;
    if (draft_begin(&draft, to, err) < 0)
        return -1;
    return draft_end(&draft, &access, copy_content(fd, &draft, err), err);
}

static int copy_entry(const char *from, const char *to, mode_t mode, struct arena *arena, enum setup_result *out,
                      struct error *err)
{
    struct stat status;

    if (stat(from, &status) != 0)
        return fail("read", from, err);
    return S_ISDIR(status.st_mode) ? setup_copy_all(from, to, mode, arena, out, err)
                                   : setup_copy(from, to, mode, out, err);
}

static int is_no_dot(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* A directory that was there is renewed if any file in it was not there as it is to be. */
static void add_result(enum setup_result *all, enum setup_result one)
{
    if (*all == SETUP_THERE && one != SETUP_THERE)
        *all = SETUP_RENEWED;
}

int setup_copy_all(const char *from, const char *to, mode_t mode, struct arena *arena, enum setup_result *out,
                   struct error *err)
{
    static const struct setup_access open_to_all = {0755, (gid_t)-1};
    struct dirent **entries = NULL;
    int count = scandir(from, &entries, is_no_dot, alphasort);
    int result = count < 0 ? fail("read", from, err) : setup_make_directory(to, &open_to_all, out, err);

    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        enum setup_result one = SETUP_THERE;

        if (result == 0)
            result = copy_entry(arena_printf(arena, "%s/%s", from, name), arena_printf(arena, "%s/%s", to, name), mode,
                                arena, &one, err);
        add_result(out, one);
        free(entries[i]);
    }
    free(entries);
    return result;
}
