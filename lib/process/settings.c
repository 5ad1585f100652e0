#include "settings.h"

#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define BLANKS " \t\r\n\v\f"
#define NO_SENSE "%s: this line is neither a comment nor 'key = value'"

/* What is being read, for messages: a file and line, or an environment variable. */
struct source {
    FILE *file;
    const char *path;
    const char *directory; /* relative paths count from here; it ends with a slash */
    int line;
    struct arena *arena;
    const struct settings_layout *layout;
    void *record;
    struct settings_section section; /* the current section; its record is NULL above the sections */
    const char *section_place;
    struct error *err;
};

static const char *where(const struct source *source)
{
    return source->line > 0 ? arena_printf(source->arena, "%s:%d", source->path, source->line) : source->path;
}

/* Values */

static void *member(const struct setting *setting, void *record)
{
    return (char *)record + setting->offset;
}

static bool read_int(const struct setting *setting, const char *value, int64_t *out)
{
    char *end;
    long long number;

    errno = 0;
    number = strtoll(value, &end, 10);
    *out = number;
    return errno == 0 && end != value && *end == '\0' && number >= setting->minimum && number <= setting->maximum;
}

/* "on off" as "on or off", "a b c" as "a, b or c". */
static const char *alternatives(const char *words, struct arena *arena)
{
    const char *last = strrchr(words, ' ');
    const char *end;
    char *list = arena_strndup(arena, "", 0);

    for (const char *word = words; word < last; word = end + 1) {
        end = strchr(word, ' ');
        list = arena_printf(arena, "%s%s%.*s", list, list[0] == '\0' ? "" : ", ", (int)(end - word), word);
    }
    return arena_printf(arena, "%s or %s", list, last + 1);
}

/* Returns what the text must be, or NULL if it is that. */
static const char *fault_of(const struct setting *setting, const char *value, struct arena *arena)
{
    if (setting->words != NULL && !text_has_word(setting->words, value))
        return arena_printf(arena, "must be %s", alternatives(setting->words, arena));
    return setting->rule == NULL || setting->rule->is_kept == NULL || setting->rule->is_kept(value)
               ? NULL
               : setting->rule->sentence;
}

/* Returns the value with an absolute path in place of a relative one. */
static const char *complete(const struct source *source, const struct setting *setting, const char *value)
{
    const char *path = setting->rule == NULL || setting->rule->path_in == NULL ? NULL : setting->rule->path_in(value);

    if (path == NULL || path[0] == '/' || path[0] == '\0')
        return arena_strndup(source->arena, value, strlen(value));
    return arena_printf(source->arena, "%.*s%s%s", (int)(path - value), value, source->directory, path);
}

static int set_int(const struct source *source, const struct setting *setting, const char *value, int64_t *target)
{
    if (read_int(setting, value, target))
        return 0;
    return error_set(source->err, ERR_VALIDATION, "%s: %s = %s: must be a whole number of %s from %lld to %lld",
                     where(source), setting->key, value, setting->unit, (long long)setting->minimum,
                     (long long)setting->maximum);
}

static int set(const struct source *source, const struct setting *setting, void *record, const char *value)
{
    const char *fault;

    if (setting->is_int)
        return set_int(source, setting, value, member(setting, record));
    fault = fault_of(setting, value, source->arena);
    if (fault != NULL)
        return error_set(source->err, ERR_VALIDATION, "%s: %s = %s: %s", where(source), setting->key, value, fault);
    *(const char **)member(setting, record) = complete(source, setting, value);
    return 0;
}

static void set_defaults(const struct setting *settings, void *record)
{
    for (const struct setting *setting = settings; setting->key != NULL; setting++) {
        if (setting->is_int)
            *(int64_t *)member(setting, record) = strtoll(setting->default_text, NULL, 10);
        else
            *(const char **)member(setting, record) = setting->default_text;
    }
}

/* Finds the row of a key. Returns the last row, whose key is NULL, if there is none. */
static const struct setting *find(const struct setting *settings, const char *key)
{
    while (settings->key != NULL && strcmp(settings->key, key) != 0)
        settings++;
    return settings;
}

/* Sections */

static int set_in_section(const struct source *source, const char *key, const char *value)
{
    const struct settings_sections *sections = source->layout->sections;
    const struct setting *setting = find(sections->settings, key);

    if (setting->key != NULL)
        return set(source, setting, source->section.record, value);
    return error_set(source->err, ERR_VALIDATION,
                     "%s: unknown setting '%s' of %s; write the service's own settings above all sections",
                     where(source), key, sections->whose);
}

static int end_section(const struct source *source)
{
    if (source->section.record == NULL)
        return 0;
    for (const struct setting *setting = source->layout->sections->settings; setting->key != NULL; setting++)
        if (*(const char **)member(setting, source->section.record) == NULL)
            return error_set(source->err, ERR_VALIDATION, "%s: %s lacks the setting '%s'", source->section_place,
                             source->section.title, setting->key);
    return 0;
}

static int begin_section(struct source *source, const char *name)
{
    const struct settings_sections *sections = source->layout->sections;

    if (end_section(source) < 0)
        return -1;
    if (sections == NULL)
        return error_set(source->err, ERR_VALIDATION, "%s: unknown section [%s]; there are no sections here",
                         where(source), name);
    source->section_place = where(source);
    if (sections->begin(source->record, name, source->section_place, source->arena, &source->section, source->err) < 0)
        return -1;
    set_defaults(sections->settings, source->section.record);
    return 0;
}

/* True if the line begins a section, well-formed or not. Moves `line` to the bracket. */
static bool is_section(const struct source *source, const char **line)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    const char *at = *line;

    if (source->line == 1 && strncmp(at, byte_order_mark, 3) == 0)
        at += 3;
    at += strspn(at, BLANKS);
    *line = at;
    return *at == '[';
}

/* Nothing but blanks may follow the closing bracket. */
static int read_section(struct source *source, const char *line)
{
    const char *end = strrchr(line, ']');

    if (end == NULL || end[1 + strspn(end + 1, BLANKS)] != '\0')
        return error_set(source->err, ERR_VALIDATION, NO_SENSE, where(source));
    return begin_section(source, arena_strndup(source->arena, line + 1, (size_t)(end - line - 1)));
}

/* The file */

/* inih calls this for each key; returning 0 makes it report the line. Sections never get there: see read_line(). */
static int on_key(void *user, const char *section, const char *name, const char *value)
{
    struct source *source = user;
    const struct setting *setting;

    (void)section;
    if (source->err->kind != ERR_NONE)
        return 0;
    if (source->section.record != NULL)
        return set_in_section(source, name, value) == 0;
    setting = find(source->layout->settings, name);
    if (setting->key != NULL)
        return set(source, setting, source->record, value) == 0;
    error_set(source->err, ERR_VALIDATION, "%s: unknown setting '%s'; orgd.conf(5) lists the settings", where(source),
              name);
    return 0;
}

/* Does the same as fgets(), but `length` also counts what follows a NUL byte. */
static size_t get_line(FILE *file, char *line, size_t size)
{
    size_t length = 0;
    int c = 0;

    while (length + 1 < size && c != '\n' && (c = getc(file)) != EOF)
        line[length++] = (char)c;
    line[length] = '\0';
    return length;
}

/* Reads a line for inih, which would cut long lines in two and end them at a NUL byte. Handles the lines that begin a
 * section here, because inih keeps only 49 bytes of their names and says nothing about empty sections; inih gets an
 * empty line instead. */
static char *read_line(char *line, int size, void *user)
{
    struct source *source = user;
    const char *section = line;
    size_t length = source->err->kind == ERR_NONE ? get_line(source->file, line, (size_t)size) : 0;

    if (length == 0)
        return NULL;
    source->line++;
    if (length + 1 == (size_t)size && line[length - 1] != '\n') {
        error_set(source->err, ERR_VALIDATION, "%s: the line is longer than %d bytes", where(source), size - 2);
        return NULL;
    }
    if (strlen(line) < length) {
        error_set(source->err, ERR_VALIDATION, "%s: there is a NUL byte in the line", where(source));
        return NULL;
    }
    if (is_section(source, &section)) {
        int result = read_section(source, section);

        line[0] = '\0';
        return result < 0 ? NULL : line;
    }
    return line;
}

static const char *working_directory(struct arena *arena)
{
    char directory[PATH_MAX];

    return getcwd(directory, sizeof(directory)) == NULL ? "" : arena_printf(arena, "%s/", directory);
}

/* Where the file is, as it was named: what it refers to may move with it, and links are the operator's business. */
static const char *directory_of(const char *path, struct arena *arena)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path) + 1;

    return arena_printf(arena, "%s%.*s", path[0] == '/' ? "" : working_directory(arena), (int)length, path);
}

static int read_file(struct source *source)
{
    int bad_line;

    source->directory = directory_of(source->path, source->arena);
    source->file = fopen(source->path, "re");
    if (source->file == NULL)
        return error_set(source->err, ERR_VALIDATION, "cannot read the configuration %s: %s", source->path,
                         strerror(errno));
    bad_line = ini_parse_stream(read_line, source, on_key, source);
    if (bad_line != 0 && source->err->kind == ERR_NONE) {
        source->line = bad_line;
        error_set(source->err, ERR_VALIDATION, NO_SENSE, where(source));
    }
    if (ferror(source->file) && source->err->kind == ERR_NONE)
        error_set(source->err, ERR_VALIDATION, "cannot read the configuration %s: %s", source->path, strerror(errno));
    fclose(source->file);
    return source->err->kind == ERR_NONE ? end_section(source) : -1;
}

/* The environment */

static int read_environment(struct source *source)
{
    source->directory = working_directory(source->arena);
    for (const struct setting *setting = source->layout->settings; setting->key != NULL; setting++) {
        char *variable = arena_printf(source->arena, "ORGD_%s", setting->key);
        const char *value;

        for (char *at = variable; *at != '\0'; at++)
            if (*at >= 'a' && *at <= 'z')
                *at = (char)(*at - 'a' + 'A');
        value = getenv(variable);
        source->path = variable;
        source->line = 0;
        if (value != NULL && set(source, setting, source->record, value) < 0)
            return -1;
    }
    return 0;
}

int settings_read(const char *path, const struct settings_layout *layout, void *record, struct arena *arena,
                  struct error *err)
{
    struct source source = {.path = path, .arena = arena, .layout = layout, .record = record, .err = err};

    err->kind = ERR_NONE;
    ini_max_line = SETTINGS_LINE_BYTES_MAX;
    ini_allow_multiline = false;
    ini_allow_inline_comments = false;
    set_defaults(layout->settings, record);
    return path != NULL && read_file(&source) < 0 ? -1 : read_environment(&source);
}
