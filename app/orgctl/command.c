#include "command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "ask.h"
#include "base/text.h"
#include "db/db_options.h"

#define DURATION_MAX_S (3650 * S_PER_DAY)

/* By this a command asks the workers of the same user for a connection, if it gets none. */
static struct shortage *open_shortage(const struct config *config, struct arena *arena)
{
    struct shortage *shortage = arena_alloc(arena, sizeof(*shortage));
    struct slots slots;

    slots_open(&slots, config->database_option_file);
    shortage_open(shortage, slots.fd);
    slots_close(&slots);
    return shortage;
}

struct db *command_open_database(const struct config *config, const char *group, struct arena *arena)
{
    struct db_options *options = arena_alloc(arena, sizeof(*options));

    *options = (struct db_options){
        .option_file = config->database_option_file,
        .group = group == NULL ? db_option_group(config->database_option_file) : group,
        .timeout_s = (unsigned)config->database_timeout,
        .lock_timeout_s = (unsigned)config->lock_timeout,
        .shortage = open_shortage(config, arena),
    };
    return db_open(options);
}

const char *command_option(const struct invocation *in, const char *name)
{
    for (size_t i = 0; i < COMMAND_OPTIONS_MAX && in->command->options[i].name != NULL; i++)
        if (strcmp(in->command->options[i].name, name) == 0)
            return in->values[i];
    return NULL;
}

int command_int(const struct invocation *in, const char *name, int64_t minimum, int64_t maximum, int64_t fallback,
                int64_t *out, struct error *err)
{
    const char *value = command_option(in, name);
    char *end;
    long long number;

    *out = fallback;
    if (value == NULL)
        return 0;
    errno = 0;
    number = strtoll(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || number < minimum || number > maximum)
        return error_set(err, ERR_VALIDATION, "--%s %s: must be a whole number from %lld to %lld", name, value,
                         (long long)minimum, (long long)maximum);
    *out = number;
    return 0;
}

bool command_duration(const char *value, int64_t *us)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'m', 60}, {'h', 3600}, {'d', S_PER_DAY}, {'w', 7 * S_PER_DAY}};
    char *unit;
    long long number = strtoll(value, &unit, 10);

    for (size_t i = 0; i < ARRAY_LENGTH(units) && unit != value; i++) {
        if (unit[0] != units[i].unit || unit[1] != '\0' || number < 1 || number > DURATION_MAX_S / units[i].seconds)
            continue;
        *us = number * units[i].seconds * US_PER_S;
        return true;
    }
    return false;
}

int command_minutes(const struct invocation *in, const char *name, int64_t *out, bool *is_given, struct error *err)
{
    const char *value = command_option(in, name);
    int64_t us;

    *is_given = value != NULL;
    if (value == NULL)
        return 0;
    if (!command_duration(value, &us))
        return error_set(err, ERR_VALIDATION,
                         "--%s %s: must be a number with a unit, such as 30m, 12h, 90d or 2w, at most ten years", name,
                         value);
    *out = us / (60 * US_PER_S);
    return 0;
}

static bool read_calendar(const char *value, struct timestamp *out)
{
    static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"};

    for (size_t i = 0; i < ARRAY_LENGTH(forms); i++) {
        struct tm time = {.tm_mday = 1};
        const char *end = strptime(value, forms[i], &time);

        if (end == NULL || *end != '\0' || time.tm_year < 1970 - 1900)
            continue;
        *out = timestamp_from_fields(&(struct timestamp_fields){
            .year = (unsigned)time.tm_year + 1900,
            .month = (unsigned)time.tm_mon + 1,
            .day = (unsigned)time.tm_mday,
            .hour = (unsigned)time.tm_hour,
            .minute = (unsigned)time.tm_min,
            .second = (unsigned)time.tm_sec,
        });
        return true;
    }
    return false;
}

int command_past(const struct invocation *in, const char *name, struct timestamp *out, struct error *err)
{
    const char *value = command_option(in, name);
    int64_t us;

    out->us = 0;
    if (value == NULL || read_calendar(value, out))
        return 0;
    if (!command_duration(value, &us))
        return error_set(err, ERR_VALIDATION,
                         "--%s %s: must be a time in UTC, such as 2026-11-30 or 2026-11-30T09:30:00Z, or how long ago "
                         "it was, such as 30m, 12h, 90d or 2w",
                         name, value);
    out->us = in->call.now.us - us;
    return 0;
}

int command_id(const struct invocation *in, struct id *out, struct error *err)
{
    if (id_parse(text_of(in->argument), out))
        return 0;
    return error_set(err, ERR_VALIDATION, "'%s' is not an id; '%s list' shows the ids", in->argument,
                     in->command->noun);
}

int command_role(const struct invocation *in, const struct id *organization_id, struct any_role *out, struct error *err)
{
    struct role_summary summary;

    if (role_summarize(&in->call, organization_id, command_option(in, "role"), &summary, err) < 0)
        return -1;
    *out = summary.role;
    return 0;
}

int command_organization(const struct invocation *in, struct organization_summary *out, struct error *err)
{
    return organization_summarize(&in->call, command_option(in, "organization"), out, err);
}

int command_organization_id(const struct invocation *in, struct id *out, struct error *err)
{
    struct organization_summary organization = {0};

    if (command_option(in, "organization") != NULL && command_organization(in, &organization, err) < 0)
        return -1;
    *out = organization.organization.id;
    return 0;
}

int command_service_account(const struct invocation *in, const char *id_or_name, struct account *out, struct error *err)
{
    struct id organization_id;

    if (command_organization_id(in, &organization_id, err) < 0)
        return -1;
    return account_get_service(&in->call, id_or_name, &organization_id, out, err);
}

int command_require_change(const struct invocation *in, struct error *err)
{
    for (size_t i = 0; i < COMMAND_OPTIONS_MAX && in->command->options[i].name != NULL; i++)
        if (in->values[i] != NULL && strcmp(in->command->options[i].name, "organization") != 0)
            return 0;
    return error_set(err, ERR_VALIDATION, "nothing to change: give an option; 'orgctl help %s %s' lists them",
                     in->command->noun, in->command->verb);
}

static bool asks_first(const struct invocation *in)
{
    return command_option(in, "yes") == NULL && isatty(STDIN_FILENO);
}

/* Asks, and reads the answer: nothing at the end of the input. Names may hold what a terminal would act on. */
PRINTF_LIKE(4, 0)
static void read_answer(const struct invocation *in, struct line *answer, const char *request, const char *format,
                        va_list arguments)
{
    char question[1024];

    vsnprintf(question, sizeof(question), format, arguments);
    fprintf(stderr, "%s%s", text_printable(in->call.arena, text_of(question)), request);
    if (!line_read(answer))
        *answer = (struct line){.length = 0};
}

static int nothing_changed(struct error *err)
{
    return error_set(err, ERR_FORBIDDEN, "nothing was changed");
}

int command_confirm(const struct invocation *in, struct error *err, const char *format, ...)
{
    struct line answer;
    va_list arguments;

    if (!asks_first(in))
        return 0;
    va_start(arguments, format);
    read_answer(in, &answer, " [y/N] ", format, arguments);
    va_end(arguments);
    return strcasecmp(answer.bytes, "y") == 0 || strcasecmp(answer.bytes, "yes") == 0 ? 0 : nothing_changed(err);
}

int command_confirm_name(const struct invocation *in, struct text name, struct error *err, const char *format, ...)
{
    struct line answer;
    va_list arguments;

    if (!asks_first(in))
        return 0;
    va_start(arguments, format);
    read_answer(in, &answer, "\nThis cannot be undone. Type the name to go on: ", format, arguments);
    va_end(arguments);
    return text_equal(line_text(&answer), name) ? 0 : nothing_changed(err);
}

void command_warn(const struct invocation *in, const char *format, ...)
{
    va_list arguments;

    if (in->is_quiet)
        return;
    fputs("orgctl: warning: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

bool command_shows_result(const struct invocation *in)
{
    return in->output->is_json && !in->is_quiet;
}

void command_show_created(const struct invocation *in, const char *what, struct text name, const struct id *id)
{
    char text[ID_TEXT_SIZE];

    id_format(id, text);
    if (in->is_quiet) {
        puts(text);
        return;
    }
    output_row(in->output);
    output_id(in->output, "id", id);
    output_text(in->output, what, name);
    output_record(in->output);
}

void command_show_null(const struct invocation *in)
{
    if (command_shows_result(in))
        puts("null");
}

void command_show_count(const struct invocation *in, const char *name, int64_t count)
{
    if (!command_shows_result(in))
        return;
    output_row(in->output);
    output_int(in->output, name, count);
    output_record(in->output);
}

void command_report(const struct invocation *in, const char *format, ...)
{
    va_list arguments;

    if (in->is_quiet || in->output->is_json)
        return;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}
