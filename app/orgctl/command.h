/* The commands of orgctl as one table, and what a command gets when it runs. */
#ifndef ORGCTL_COMMAND_H
#define ORGCTL_COMMAND_H

#include "domain/accounts/account.h"
#include "domain/config.h"
#include "domain/organizations/organization.h"
#include "domain/organizations/role.h"
#include "output.h"

#define COMMAND_OPTIONS_MAX 16

struct command_option {
    const char *name;
    const char *value; /* the name of its value; NULL: it has none */
    bool is_required;
    const char *sentence;
};

struct invocation;

/* What is opened before a command runs. */
enum command_needs {
    NEEDS_NOTHING,    /* it makes all that itself: its call has memory and time only */
    NEEDS_FILES_ONLY, /* the configuration */
    LOOKS_AS_WORKERS, /* that; it connects by itself, with the group [orgd] */
    NEEDS_DATABASE,   /* a connection to the database, too */
    WORKS_AS_WORKERS, /* the same with the group [orgd]: the user that runs the workers starts it */
};

struct command {
    const char *noun;
    const char *verb;     /* NULL: the noun alone */
    const char *argument; /* the name of its argument; NULL: it has none */
    const char *sentence;
    struct command_option options[COMMAND_OPTIONS_MAX];
    enum command_needs needs;
    int (*run)(const struct invocation *in, struct error *err);
};

/* Ended by a NULL noun. */
extern const struct command commands[];

struct invocation {
    const struct command *command;
    struct call call;
    struct output *output;
    bool is_quiet;    /* print only what a script needs */
    int *exit_status; /* of a command that is done; 0 unless it says otherwise */
    const char *argument;
    const char *values[COMMAND_OPTIONS_MAX]; /* of the options, in their order; "" for an option without a value */
};

/* Makes a handle for the database of the configuration, with the account of that group of the option file; NULL: the
 * account for administration. It connects when it is first used; close it with db_close(). */
struct db *command_open_database(const struct config *config, const char *group, struct arena *arena);

/* Returns the value of an option, or NULL if it was not given. */
const char *command_option(const struct invocation *in, const char *name);

/* Reads an option as a whole number within a range. `out` gets `fallback` if the option was not given. Fails with
 * ERR_VALIDATION. */
int command_int(const struct invocation *in, const char *name, int64_t minimum, int64_t maximum, int64_t fallback,
                int64_t *out, struct error *err) NODISCARD;

/* Reads an option that is a duration, such as "90d". Fails with ERR_VALIDATION. */
int command_minutes(const struct invocation *in, const char *name, int64_t *out, bool *is_given,
                    struct error *err) NODISCARD;

/* Reads a duration with a unit, such as "90d", of ten years at most. Returns false if it is none. */
bool command_duration(const char *value, int64_t *us);

/* Reads an option that names a time in the past, by the calendar or by how long ago it was. `out` gets 0 if it was not
 * given. Fails with ERR_VALIDATION. */
int command_past(const struct invocation *in, const char *name, struct timestamp *out, struct error *err) NODISCARD;

/* Reads the argument as an id. Fails with ERR_VALIDATION. */
int command_id(const struct invocation *in, struct id *out, struct error *err) NODISCARD;

/* Finds the role of the organization that the option "role" names. */
int command_role(const struct invocation *in, const struct id *organization_id, struct any_role *out,
                 struct error *err) NODISCARD;

/* Finds the organization that the option "organization" names. */
int command_organization(const struct invocation *in, struct organization_summary *out, struct error *err) NODISCARD;

/* Reads that option where it need not be given: `out` is nil then. */
int command_organization_id(const struct invocation *in, struct id *out, struct error *err) NODISCARD;

/* Finds a service account by its id or name, in the organization of that option if it was given. */
int command_service_account(const struct invocation *in, const char *id_or_name, struct account *out,
                            struct error *err) NODISCARD;

/* Fails with ERR_VALIDATION if no option says what to change; the one that says where is none. */
int command_require_change(const struct invocation *in, struct error *err) NODISCARD;

/* At a terminal, asks whether to go on with what `format` says, unless --yes was given. Fails with ERR_FORBIDDEN if the
 * answer is not yes. */
int command_confirm(const struct invocation *in, struct error *err, const char *format, ...)
    PRINTF_LIKE(3, 4) NODISCARD;

/* The same for what is gone for good: the answer must be its name. */
int command_confirm_name(const struct invocation *in, struct text name, struct error *err, const char *format, ...)
    PRINTF_LIKE(4, 5) NODISCARD;

/* Prints a warning on standard error, except with --quiet. */
void command_warn(const struct invocation *in, const char *format, ...) PRINTF_LIKE(2, 3);

/* Prints what was done, except with --quiet and --json. */
void command_report(const struct invocation *in, const char *format, ...) PRINTF_LIKE(2, 3);

/* Prints the id of what was created and what it is called; with --quiet the id alone. */
void command_show_created(const struct invocation *in, const char *what, struct text name, const struct id *id);

/* True if a change is to print what came of it: with --json, without --quiet. It prints what `show` does, or a row of
 * `list`. The other two do that for what is gone, which is null, and for a number. */
bool command_shows_result(const struct invocation *in);
void command_show_null(const struct invocation *in);
void command_show_count(const struct invocation *in, const char *name, int64_t count);

#endif
