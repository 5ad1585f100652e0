#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "jsonw.h"
#include "text.h"
#include "timestamp.h"

static const struct {
    const char *name;
    int priority;
} levels[] = {
    [LOG_LEVEL_ERROR] = {"error", LOG_ERR},
    [LOG_LEVEL_WARNING] = {"warning", LOG_WARNING},
    [LOG_LEVEL_INFO] = {"info", LOG_INFO},
    [LOG_LEVEL_DEBUG] = {"debug", LOG_DEBUG},
};

/* Lines are made in static memory, so that logging allocates nothing and works in a signal handler. */
static char line_storage[LOG_LINE_BYTES_MAX + 1];

/* A process logs to one place. This is the only state of the module. */
static struct {
    const char *program;
    int fd;
    const char *path; /* of a file; NULL: it is none */
    struct stat file;
    int64_t looked_us; /* wall clock: when somebody looked whether it is still there */
    bool to_syslog;
    enum log_level threshold;
    enum log_level line_level;
    const char *request_id;
    struct buf line;
} sink = {
    .program = "orgd",
    .fd = STDERR_FILENO,
    .threshold = LOG_LEVEL_INFO,
    .line = {.data = line_storage, .size = sizeof(line_storage), .maximum = LOG_LINE_BYTES_MAX},
};

static void close_file(void)
{
    if (sink.fd > STDERR_FILENO)
        close(sink.fd);
    sink.fd = STDERR_FILENO;
}

/* A pipe might be read by nobody. /dev/null and terminals are character devices. */
static bool takes_lines(const struct stat *file)
{
    return S_ISREG(file->st_mode) || S_ISCHR(file->st_mode);
}

/* True unless another user has made it a link: that would choose which of our files gets the lines. */
static bool is_ours_to_follow(const char *path)
{
    struct stat link;

    return lstat(path, &link) != 0 || !S_ISLNK(link.st_mode) || link.st_uid == 0 || link.st_uid == geteuid();
}

/* Returns -1 with errno: ELOOP for another user's link, ENXIO for what takes no lines. It does not wait for a reader.
 */
static int open_file(const char *path)
{
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK;
    int fd = open(path, flags | O_NOFOLLOW, 0640);
    struct stat status;

    if (fd < 0 && errno == ELOOP && is_ours_to_follow(path))
        fd = open(path, flags, 0640);
    if (fd < 0 || (fstat(fd, &status) == 0 && takes_lines(&status)))
        return fd;
    close(fd);
    errno = ENXIO;
    return -1;
}

static bool is_in_place(void)
{
    struct stat status;

    return stat(sink.path, &status) == 0 && status.st_dev == sink.file.st_dev && status.st_ino == sink.file.st_ino;
}

/* Looks once a second. If no other file can be opened, the old one goes on taking the lines. */
static void follow_file(int64_t now_us)
{
    int fd;

    if (sink.path == NULL || (now_us >= sink.looked_us && now_us - sink.looked_us < US_PER_S))
        return;
    sink.looked_us = now_us;
    if (is_in_place())
        return;
    fd = open_file(sink.path);
    if (fd < 0)
        return;
    fstat(fd, &sink.file);
    dup3(fd, sink.fd, O_CLOEXEC);
    close(fd);
}

static int cannot_write(const char *target, struct error *err)
{
    const char *reason = strerror(errno);

    if (errno == ELOOP)
        reason = "it is a link of another user, or leads nowhere; remove it";
    else if (errno == ENXIO)
        reason = "it is neither a file nor a character device; name another one, or 'stderr'";
    return error_set(err, ERR_INTERNAL, "cannot write the log file %s: %s", target, reason);
}

int log_check(const char *target, struct error *err)
{
    char copy[PATH_MAX];
    struct stat status;

    if (target[0] != '/')
        return 0;
    errno = ELOOP;
    if (!is_ours_to_follow(target))
        return cannot_write(target, err);
    errno = ENXIO;
    if (stat(target, &status) == 0 && !takes_lines(&status))
        return cannot_write(target, err);
    if (access(target, W_OK) == 0)
        return 0;
    snprintf(copy, sizeof(copy), "%s", target);
    if (errno == ENOENT && access(dirname(copy), W_OK | X_OK) == 0)
        return 0;
    return cannot_write(target, err);
}

int log_open(const char *program, const char *target, enum log_level threshold, struct error *err)
{
    int fd = strcmp(target, "none") == 0 ? -1 : STDERR_FILENO;

    if (target[0] == '/') {
        fd = open_file(target);
        if (fd < 0)
            return cannot_write(target, err);
        fstat(fd, &sink.file);
    }
    close_file();
    sink.path = target[0] == '/' ? target : NULL;
    sink.looked_us = timestamp_now().us;
    sink.program = program;
    sink.fd = fd;
    sink.to_syslog = strcmp(target, "syslog") == 0;
    sink.threshold = threshold;
    if (sink.to_syslog)
        openlog(program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
    return 0;
}

void log_take_stderr(void)
{
    if (sink.path == NULL || dup2(sink.fd, STDERR_FILENO) < 0)
        return;
    close_file();
}

bool log_level_parse(const char *name, enum log_level *out)
{
    for (size_t i = 0; i < ARRAY_LENGTH(levels); i++) {
        if (strcmp(name, levels[i].name) == 0) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

bool log_enabled(enum log_level level)
{
    return level <= sink.threshold;
}

void log_set_request_id(const char *request_id)
{
    sink.request_id = request_id;
}

struct buf *log_begin(enum log_level level)
{
    struct buf *line = &sink.line;
    struct timestamp time;
    char now[TIMESTAMP_TEXT_SIZE];

    if (!log_enabled(level) || (sink.fd < 0 && !sink.to_syslog))
        return NULL;
    time = timestamp_now();
    follow_file(time.us);
    sink.line_level = level;
    buf_reset(line, sizeof(line_storage));
    timestamp_format(time, now);
    buf_add_literal(line, "{\"time\":\"");
    buf_add_string(line, now);
    buf_add_literal(line, "\",\"level\":\"");
    buf_add_string(line, levels[level].name);
    buf_add_literal(line, "\",\"program\":\"");
    buf_add_string(line, sink.program);
    buf_add_literal(line, "\",\"pid\":");
    buf_add_int(line, getpid());
    if (sink.request_id != NULL) {
        jsonw_key(line, "request_id");
        jsonw_string(line, sink.request_id);
    }
    return line;
}

void log_end(struct buf *line)
{
    if (line->overflowed)
        return;
    buf_add_literal(line, "}");
    if (sink.to_syslog) {
        syslog(levels[sink.line_level].priority, "%s", line->data);
        return;
    }
    buf_add_char(line, '\n');
    /* Writes each line with one write(), so that lines of several workers do not mix. There is nowhere to report a
     * failure. */
    if (write(sink.fd, line->data, line->length) < 0)
        return;
}

void log_write(enum log_level level, const char *format, ...)
{
    char message[2048];
    struct buf *line = log_begin(level);
    va_list arguments;

    if (line == NULL)
        return;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    if (!text_is_utf8(text_of(message)))
        for (char *at = message; *at != '\0'; at++)
            if ((unsigned char)*at >= 0x80)
                *at = '?';
    text_blank_c1(message, '?');
    jsonw_key(line, "message");
    jsonw_string(line, message);
    log_end(line);
}

void log_refusal(const char *message)
{
    log_error("%s", message);
    if (sink.fd != STDERR_FILENO || sink.to_syslog)
        fprintf(stderr, "%s: %s\n", sink.program, message);
}
