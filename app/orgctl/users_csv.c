/* Users as a table of CSV: to take them over from elsewhere, and to hand them on. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/csv.h"
#include "base/text.h"
#include "commands.h"
#include "domain/accounts/account_import.h"
#include "domain/accounts/user.h"
#include "options.h"
#include "terminal.h"

#define FILE_BYTES_MAX ((size_t)256 * 1024 * 1024)

/* Columns */

static int read_name(struct account_import *user, struct text value, struct error *err)
{
    (void)err;
    user->account.name = value;
    return 0;
}

static int read_email(struct account_import *user, struct text value, struct error *err)
{
    (void)err;
    user->account.email = value;
    return 0;
}

static int read_full_name(struct account_import *user, struct text value, struct error *err)
{
    (void)err;
    user->account.full_name = value;
    return 0;
}

static int read_hash(struct account_import *user, struct text value, struct error *err)
{
    (void)err;
    user->password_hash = value;
    return 0;
}

static int read_bool(struct text value, bool *out, struct error *err)
{
    static const char *const words[] = {"no", "yes", "false", "true", "0", "1"};

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (strcasecmp(value.data, words[i]) == 0) {
            *out = i % 2 == 1;
            return 0;
        }
    return error_set(err, ERR_VALIDATION, "must be yes or no");
}

static int read_verified(struct account_import *user, struct text value, struct error *err)
{
    return read_bool(value, &user->account.email_verified, err);
}

static int read_active(struct account_import *user, struct text value, struct error *err)
{
    return read_bool(value, &user->account.is_active, err);
}

static int read_superuser(struct account_import *user, struct text value, struct error *err)
{
    return read_bool(value, &user->account.is_superuser, err);
}

static int read_limit(struct account_import *user, struct text value, struct error *err)
{
    char *end;

    user->account.organization_limit = strtoll(value.data, &end, 10);
    if (*end == '\0' && user->account.organization_limit >= 0 && user->account.organization_limit <= ACCOUNT_LIMIT_MAX)
        return 0;
    return error_set(err, ERR_VALIDATION, "must be a whole number from 0 to %d", ACCOUNT_LIMIT_MAX);
}

/* An empty field is as good as none. A column without `read` is a member of the body that the API takes. */
static const struct column {
    const char *name;
    int (*read)(struct account_import *user, struct text value, struct error *err);
    bool is_json;
} columns[] = {
    {"username", read_name, false},
    {"email", read_email, false},
    {"email_verified", read_verified, false},
    {"name", read_full_name, false},
    {"avatar_url", NULL, false},
    {"company", NULL, false},
    {"job_title", NULL, false},
    {"metadata", NULL, true},
    {"language", NULL, false},
    {"time_zone", NULL, false},
    {"is_active", read_active, false},
    {"is_superuser", read_superuser, false},
    {"organization_limit", read_limit, false},
    {"password_hash", read_hash, false},
};

/* Import */

struct import {
    const struct invocation *in;
    const struct column *columns[CSV_FIELDS_MAX]; /* of the file, in its order */
    size_t column_count;
    struct account_import *users;
    size_t *lines; /* where each is */
    size_t count;
    size_t capacity;
    size_t faults;
    size_t existing;
    struct progress progress;
};

static int read_file(const char *path, struct arena *arena, struct text *out, struct error *err)
{
    bool is_standard = strcmp(path, "-") == 0;
    FILE *file = is_standard ? stdin : fopen(path, "re");
    CLEANUP(buf_release) struct buf content;
    bool is_good;

    buf_init(&content, FILE_BYTES_MAX);
    if (file == NULL)
        return error_set(err, ERR_VALIDATION, "cannot read %s: %s", path, strerror(errno));
    is_good = buf_add_stream(&content, file);
    if (!is_standard)
        fclose(file);
    if (!is_good || content.overflowed)
        return error_set(err, ERR_VALIDATION, "cannot read %s: %s", path,
                         is_good ? "it is too large" : strerror(errno));
    *out = (struct text){content.length == 0 ? "" : arena_strndup(arena, content.data, content.length), content.length};
    return 0;
}

static void add_fault(struct import *import, size_t line, const char *sentence)
{
    const struct invocation *in = import->in;

    import->faults++;
    output_row(in->output);
    output_int(in->output, "line", (int64_t)line);
    output_text(in->output, "fault", text_of(arena_strndup(in->call.arena, sentence, strlen(sentence))));
}

static const struct column *find_column(struct text name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(columns); i++)
        if (text_equal(name, text_of(columns[i].name)))
            return &columns[i];
    return NULL;
}

static int refuse_column(const struct import *import, size_t line, struct text name, struct error *err)
{
    const char *known = "";

    for (size_t i = 0; i < ARRAY_LENGTH(columns); i++)
        known = arena_printf(import->in->call.arena, "%s%s%s", known, i == 0 ? "" : ", ", columns[i].name);
    return error_set(err, ERR_VALIDATION, "line %zu: there is no column '%s'; separate by commas any of %s", line,
                     name.data, known);
}

/* The first line says which columns there are. */
static int read_heading(struct import *import, const struct csv_record *record, struct error *err)
{
    bool has_name = false;

    if (record->fault != NULL)
        return error_set(err, ERR_VALIDATION, "line %zu: %s", record->line, record->fault);
    for (size_t i = 0; i < record->count; i++) {
        import->columns[i] = find_column(record->fields[i]);
        if (import->columns[i] == NULL)
            return refuse_column(import, record->line, record->fields[i], err);
        has_name |= import->columns[i] == &columns[0];
        for (size_t j = 0; j < i; j++)
            if (import->columns[j] == import->columns[i])
                return error_set(err, ERR_VALIDATION, "line %zu: the column '%s' is there twice", record->line,
                                 import->columns[i]->name);
    }
    import->column_count = record->count;
    return has_name ? 0 : error_set(err, ERR_VALIDATION, "line %zu: there is no column 'username'", record->line);
}

static int read_field(const struct column *column, struct text value, struct account_import *user, json_t *profile,
                      struct error *err)
{
    struct error reason;

    if (value.length == 0)
        return 0;
    if (memchr(value.data, '\0', value.length) != NULL)
        return error_set(err, ERR_VALIDATION, "%s: there is a NUL byte", column->name);
    if (column->read != NULL && column->read(user, value, &reason) < 0)
        return error_set(err, ERR_VALIDATION, "%s: %s", column->name, reason.message);
    if (column->read == NULL && !options_set(profile, column->name, column->is_json, value.data))
        return error_set(err, ERR_VALIDATION, "%s: must be %s in UTF-8", column->name,
                         column->is_json ? "JSON," : "text");
    return 0;
}

static int check_profile(const struct call *call, const json_t *body, void *context, struct error *err)
{
    return user_input_for_update(call, body, context, err);
}

static int read_profile(const struct import *import, const json_t *profile, struct account *user, struct error *err)
{
    struct account_change change;

    if (json_object_size(profile) == 0)
        return 0;
    if (options_check(import->in, NULL, profile, check_profile, &change, err) < 0)
        return -1;
    user->avatar_url = change.value.avatar_url;
    user->company = change.value.company;
    user->job_title = change.value.job_title;
    user->metadata = change.value.metadata;
    user->language = change.value.language;
    user->time_zone = change.value.time_zone;
    return 0;
}

static int read_fields(const struct import *import, const struct csv_record *record, struct account_import *out,
                       struct error *err)
{
    *out = (struct account_import){
        .account = {.name = TEXT(""),
                    .email_verified = true,
                    .is_active = true,
                    .organization_limit = ACCOUNT_DEFAULT_LIMIT},
    };
    CLEANUP(json_decrefp) json_t *profile = json_object();

    if (record->fault != NULL)
        return error_set(err, ERR_VALIDATION, "%s", record->fault);
    if (record->count != import->column_count)
        return error_set(err, ERR_VALIDATION, "there are %zu fields instead of %zu", record->count,
                         import->column_count);
    for (size_t i = 0; i < record->count; i++)
        if (read_field(import->columns[i], record->fields[i], out, profile, err) < 0)
            return -1;
    return read_profile(import, profile, &out->account, err);
}

static void add_user(struct import *import, const struct account_import *user, size_t line)
{
    struct arena *arena = import->in->call.arena;

    if (import->count == import->capacity) {
        size_t capacity = import->capacity == 0 ? 256 : 2 * import->capacity;
        struct account_import *users = arena_alloc(arena, capacity * sizeof(*users));
        size_t *lines = arena_alloc(arena, capacity * sizeof(*lines));

        if (import->count > 0) {
            memcpy(users, import->users, import->count * sizeof(*users));
            memcpy(lines, import->lines, import->count * sizeof(*lines));
        }
        import->users = users;
        import->lines = lines;
        import->capacity = capacity;
    }
    import->lines[import->count] = line;
    import->users[import->count++] = *user;
}

static int read_users(struct import *import, struct text text, struct error *err)
{
    struct arena *arena = import->in->call.arena;
    struct csv csv = {.text = text};
    struct csv_record record;

    if (!csv_next(&csv, arena, &record))
        return error_set(err, ERR_VALIDATION,
                         "the file is empty; its first line must name the columns, such as "
                         "username,email,name");
    if (read_heading(import, &record, err) < 0)
        return -1;
    while (csv_next(&csv, arena, &record)) {
        struct account_import user;
        struct error fault;

        if (read_fields(import, &record, &user, &fault) < 0)
            add_fault(import, record.line, fault.message);
        else
            add_user(import, &user, record.line);
    }
    return 0;
}

/* Memory for one user at a time: what a hash takes to be checked would add up. */
static int check_user(struct import *import, size_t i, struct arena *scratch, struct error *err)
{
    struct account_import *user = &import->users[i];
    struct call call = import->in->call;
    bool skips = command_option(import->in, "skip-existing") != NULL;
    struct error fault;

    call.arena = scratch;
    if (account_import_check(&call, user, &fault) < 0) {
        if (fault.kind == ERR_UNAVAILABLE || fault.kind == ERR_INTERNAL)
            return error_set(err, fault.kind, "%s", fault.message);
        if (!(user->exists && skips))
            add_fault(import, import->lines[i], fault.message);
    } else if (user->twin != 0) {
        add_fault(
            import, import->lines[i],
            arena_printf(scratch, "line %zu has the same name or verified address", import->lines[user->twin - 1]));
    } else if (user->exists && !skips) {
        add_fault(import, import->lines[i],
                  arena_printf(scratch, "there is a user named '%s' already", user->account.name.data));
    }
    import->existing += user->exists;
    return 0;
}

static int each_user(struct import *import, const char *doing, struct error *err,
                     int (*do_one)(struct import *import, size_t i, struct arena *scratch, struct error *err))
{
    struct arena *scratch = arena_open();
    int result = 0;

    for (size_t i = 0; i < import->count && result == 0; i++) {
        progress_show(&import->progress, "%s %zu of %zu", doing, i + 1, import->count);
        result = do_one(import, i, scratch, err);
        arena_reset(scratch);
    }
    progress_end(&import->progress);
    arena_close(scratch);
    return result;
}

static int write_user(struct import *import, size_t i, struct arena *scratch, struct error *err)
{
    struct call call = import->in->call;
    struct error reason;

    if (import->users[i].exists)
        return 0;
    call.arena = scratch;
    call.now = timestamp_now();
    if (account_import_write(&call, &import->users[i], &reason) == 0)
        return 0;
    return error_set(err, reason.kind,
                     "line %zu: %s; the lines before it are written: mend this and run it again with --skip-existing",
                     import->lines[i], reason.message);
}

static int refuse(const struct import *import, struct error *err)
{
    output_list(import->in->output, "");
    return error_set(err, ERR_FORBIDDEN, "%zu line%s of the file %s at fault; nothing was written", import->faults,
                     import->faults == 1 ? "" : "s", import->faults == 1 ? "is" : "are");
}

int run_user_import(const struct invocation *in, struct error *err)
{
    bool is_dry = command_option(in, "dry-run") != NULL;
    struct import import = {.in = in, .progress.is_off = in->is_quiet};
    struct text text = {NULL, 0};
    size_t new_users;

    if (read_file(in->argument, in->call.arena, &text, err) < 0 || read_users(&import, text, err) < 0)
        return -1;
    account_import_find_twins(&in->call, import.users, import.count);
    if (each_user(&import, "checking", err, check_user) < 0)
        return -1;
    if (import.faults > 0)
        return refuse(&import, err);
    if (!is_dry && each_user(&import, "writing", err, write_user) < 0)
        return -1;
    new_users = import.count - import.existing;
    command_report(in, "%zu user%s %s; %zu existed already\n", new_users, new_users == 1 ? "" : "s",
                   is_dry ? "would be created" : "created", import.existing);
    command_show_count(in, is_dry ? "users_to_create" : "users_created", (int64_t)new_users);
    return 0;
}

/* Export */

static void add_flag(struct buf *out, bool value)
{
    buf_add_string(out, value ? ",yes" : ",no");
}

static void add_text(struct buf *out, struct text text)
{
    buf_add_char(out, ',');
    csv_add(out, text);
}

static void add_line(struct buf *out, const struct account_import *user, bool with_hash)
{
    csv_add(out, user->account.name);
    add_text(out, user->account.email);
    add_flag(out, user->account.email_verified);
    add_text(out, user->account.full_name);
    add_text(out, user->account.avatar_url);
    add_text(out, user->account.company);
    add_text(out, user->account.job_title);
    add_text(out, user->account.metadata);
    add_text(out, user->account.language);
    add_text(out, user->account.time_zone);
    add_flag(out, user->account.is_active);
    add_flag(out, user->account.is_superuser);
    buf_add_char(out, ',');
    if (user->account.organization_limit != ACCOUNT_DEFAULT_LIMIT)
        buf_add_int(out, user->account.organization_limit);
    if (with_hash)
        add_text(out, user->password_hash);
    buf_add_literal(out, "\r\n");
}

int run_user_export(const struct invocation *in, struct error *err)
{
    bool with_hash = command_option(in, "with-password-hashes") != NULL;
    struct account_import *users;
    int64_t count = account_export(&in->call, &users, err);
    CLEANUP(buf_release) struct buf line;

    buf_init(&line, 65536);
    if (count < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LENGTH(columns) - !with_hash; i++)
        printf("%s%s", i == 0 ? "" : ",", columns[i].name);
    fputs("\r\n", stdout);
    for (int64_t i = 0; i < count; i++) {
        buf_reset(&line, 65536);
        add_line(&line, &users[i], with_hash);
        fputs(line.data, stdout); /* names and hashes have no NUL */
    }
    return 0;
}
