/* Structured logging: one JSON object a line, with the id of the request it belongs to. Never log a secret. */
#ifndef ORGD_LOG_H
#define ORGD_LOG_H

#include "base.h"
#include "buf.h"
#include "error.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Opens the sink: "stderr", "syslog", "none" or an absolute path, which is created with mode 0640 and appended to.
 * Until this is called, lines go to stderr. Calling it again reopens the sink. `program` must outlive all logging. */
int log_open(const char *program, const char *target, enum log_level threshold, struct error *err) NODISCARD;

/* Reads a level's name; false if there is none of that name. */
bool log_level_parse(const char *name, enum log_level *out);

/* True if lines of this level are written at all. */
bool log_enabled(enum log_level level);

/* The id that every line carries from here on; NULL for none. The string is borrowed. */
void log_set_request_id(const char *request_id);

/* Writes a line with a "message". Control characters and invalid UTF-8 in it are made harmless. */
void log_write(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

/* Writes a line with more members: starts the line in a buffer, the caller adds `,"key":value` text, log_end() sends
 * it. log_begin() gives NULL where the level is not written. Both are async-signal-safe, unless the sink is syslog. */
struct buf *log_begin(enum log_level level);
void log_end(struct buf *line);

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
