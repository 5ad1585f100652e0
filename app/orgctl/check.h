/* "orgctl check": looks at an installation as its workers do, and says what to do about each fault. Each file looks at
 * a part, and reports rows:
 *
 *     check_row(check, "schema", CHECK_FAILED, "the schema is older than this program: run 'orgctl migrate'");
 */
#ifndef ORGCTL_CHECK_H
#define ORGCTL_CHECK_H

#include <sys/types.h>

#include "command.h"

/* From good to bad. CHECK_LIMITED: only the administrator of a shared host can change it. */
enum verdict { CHECK_OK, CHECK_LIMITED, CHECK_UNKNOWN, CHECK_WARNING, CHECK_FAILED };

struct check {
    const struct invocation *in;
    uid_t user;     /* who runs the workers, as far as is known; 0: not known */
    bool is_nagios; /* prints one line, as monitoring plugins do */
    size_t rows;
    size_t faults;
    enum verdict worst;
    const char *said; /* in that line: the faults so far */
    const char *data; /* and the performance data */
};

/* Reports what was found and, unless it is CHECK_OK, what to do. */
void check_row(struct check *check, const char *what, enum verdict verdict, const char *format, ...) PRINTF_LIKE(4, 5);

/* Adds a number to the performance data, with its unit ("s", "c" or "") and what its limits are, as the plugins' rules
 * write them (such as ";2;30"). */
void check_number(struct check *check, const char *name, double value, const char *unit, const char *limits);

/* The parts. */
void check_files(struct check *check);
void check_database(struct check *check);
void check_service(struct check *check);
void check_mail(struct check *check);

/* Part of check_database(): how long mails wait. */
void check_outbox(struct check *check);

#endif
