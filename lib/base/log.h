/* Structured logging: one JSON object a line, with the id of the request. Never log a secret. A file that somebody
 * renames or removes, to rotate it, is made anew within a second of logging.
 *
 *     log_write(LOG_LEVEL_WARNING, "cannot read %s: %s", path, strerror(errno)); */
#ifndef ORGD_LOG_H
#define ORGD_LOG_H

#include "base.h"
#include "buf.h"
#include "error.h"

#define LOG_LINE_BYTES_MAX ((size_t)16 * 1024) /* a longer line is left out */

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Opens the sink: "stderr", "syslog", "none", or an absolute path, which is created with mode 0640 and appended to.
 * Before the first call, lines go to stderr. A second call opens the sink again. `program` and `target` must outlive
 * all logging. */
int log_open(const char *program, const char *target, enum log_level threshold, struct error *err) NODISCARD;

/* From now on what libraries write to stderr goes to the file too, if the sink is one: where a web server or spawn-fcgi
 * has started the process, stderr may lead nowhere. */
void log_take_stderr(void);

/* Fails as log_open() would, but opens and makes nothing. */
int log_check(const char *target, struct error *err) NODISCARD;

/* Reads the name of a level. Returns false if there is no such level. */
bool log_level_parse(const char *name, enum log_level *out);

/* True if lines of this level are written. */
bool log_enabled(enum log_level level);

/* Sets the id that every line carries from now on; NULL for none. Borrows the string. */
void log_set_request_id(const char *request_id);

/* Writes a line with a "message". Replaces control characters and invalid UTF-8 in it. */
void log_write(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

/* Writes a line that says why the program does not start, and the message alone to stderr, if that is not where the
 * line went: whoever starts a program by hand looks there. */
void log_refusal(const char *message);

/* Write a line with more members. log_begin() starts the line in a buffer, or returns NULL if the level is not written.
 * The caller adds `,"key":value` to it, and log_end() sends it. Both are async-signal-safe, unless the sink is
 * syslog. */
struct buf *log_begin(enum log_level level);
void log_end(struct buf *line);

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
