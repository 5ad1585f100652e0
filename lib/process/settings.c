#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define VARIABLE_START "ORGD_"
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
    return setting->rule == NULL || setting->rule->is_kept(value) ? NULL : setting->rule->sentence;
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
        return error_set(source->err, ERR_VALIDATION, "%s: %s = %s: %s", where(source), setting->key,
                         setting->is_secret ? "..." : value, fault);
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

/* The line begins with the bracket and must end with the closing one. */
static int read_section(struct source *source, const char *line)
{
    size_t length = strlen(line);

    if (line[length - 1] != ']')
        return error_set(source->err, ERR_VALIDATION, NO_SENSE, where(source));
    return begin_section(source, arena_strndup(source->arena, line + 1, length - 2));
}

/* The file */

static int set_key(const struct source *source, const char *key, const char *value)
{
    const struct setting *setting;

    if (source->section.record != NULL)
        return set_in_section(source, key, value);
    setting = find(source->layout->settings, key);
    if (setting->key != NULL)
        return set(source, setting, source->record, value);
    return error_set(source->err, ERR_VALIDATION, "%s: unknown setting '%s'; orgd.conf(5) lists the settings",
                     where(source), key);
}

/* Returns the text without the blanks around it, cutting it off before the last ones. */
static char *strip(char *text)
{
    char *start = text + strspn(text, BLANKS);
    size_t length = strlen(start);

    while (length > 0 && strchr(BLANKS, start[length - 1]) != NULL)
        length--;
    start[length] = '\0';
    return start;
}

/* Reads a line without the blanks around it. */
static int read_line(struct source *source, char *line)
{
    char *sign;

    if (line[0] == '\0' || line[0] == '#' || line[0] == ';')
        return 0;
    if (line[0] == '[')
        return read_section(source, line);
    sign = strpbrk(line, "=:");
    if (sign == NULL)
        return error_set(source->err, ERR_VALIDATION, NO_SENSE, where(source));
    *sign = '\0';
    return set_key(source, strip(line), strip(sign + 1));
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

static char *skip_byte_order_mark(char *text)
{
    return strncmp(text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text;
}

static char *content_of(const struct source *source, char *line)
{
    return strip(source->line == 1 ? skip_byte_order_mark(line) : line);
}

static int read_lines(struct source *source)
{
    char line[SETTINGS_LINE_BYTES_MAX];
    size_t length;

    while ((length = get_line(source->file, line, sizeof(line))) > 0) {
        source->line++;
        if (length + 1 == sizeof(line) && line[length - 1] != '\n')
            return error_set(source->err, ERR_VALIDATION, "%s: the line is longer than %zu bytes", where(source),
                             sizeof(line) - 2);
        if (strlen(line) < length)
            return error_set(source->err, ERR_VALIDATION, "%s: there is a NUL byte in the line", where(source));
        if (read_line(source, content_of(source, line)) < 0)
            return -1;
    }
    return end_section(source);
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

#define MAY_BE_READ                                                                                                    \
    ". Unless it has a gateway_secret or a metrics_token, it holds no secret: 'chmod a+r' for it, and 'chmod a+x' for the directories above it, lets all read it."

/* Returns NULL with errno, which is 0 for what is no file: that could be whatever a stranger sends (/dev/stdin). */
static FILE *open_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status = {0};

    if (fd < 0)
        return NULL;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        return fdopen(fd, "r");
    close(fd);
    errno = S_ISDIR(status.st_mode) ? EISDIR : 0;
    return NULL;
}

static int read_file(struct source *source)
{
    int result;

    source->directory = directory_of(source->path, source->arena);
    source->file = open_file(source->path);
    if (source->file == NULL)
        return error_set(source->err, ERR_VALIDATION, "cannot read the configuration %s: %s%s", source->path,
                         errno == 0 ? "it is no file" : strerror(errno), errno == EACCES ? MAY_BE_READ : "");
    result = read_lines(source);
    if (result == 0 && ferror(source->file))
        result = error_set(source->err, ERR_VALIDATION, "cannot read the configuration %s: %s", source->path,
                           strerror(errno));
    fclose(source->file);
    return result;
}

/* The environment */

static const char *variable_of(const struct setting *setting, struct arena *arena)
{
    char *variable = arena_printf(arena, VARIABLE_START "%s", setting->key);

    for (char *at = variable; *at != '\0'; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    return variable;
}

static int read_environment(struct source *source)
{
    source->directory = working_directory(source->arena);
    for (const struct setting *setting = source->layout->settings; setting->key != NULL; setting++) {
        const char *variable = variable_of(setting, source->arena);
        const char *value = setting->is_secret ? NULL : getenv(variable);

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

    set_defaults(layout->settings, record);
    return path != NULL && read_file(&source) < 0 ? -1 : read_environment(&source);
}

static bool is_known(const char *name, const struct setting *settings, const char *const *others, struct arena *arena)
{
    for (; *others != NULL; others++)
        if (strcmp(*others, name) == 0)
            return true;
    for (; settings->key != NULL; settings++)
        if (!settings->is_secret && strcmp(variable_of(settings, arena), name) == 0)
            return true;
    return false;
}

const char *settings_unknown_variable(const struct setting *settings, const char *const *others, size_t *place,
                                      struct arena *arena)
{
    while (environ[*place] != NULL) {
        const char *entry = environ[(*place)++];
        const char *name = arena_strndup(arena, entry, strcspn(entry, "="));

        if (strncmp(name, VARIABLE_START, sizeof(VARIABLE_START) - 1) == 0 && !is_known(name, settings, others, arena))
            return name;
    }
    return NULL;
}

static struct setting at_start_of_record(const struct setting *setting)
{
    struct setting moved = *setting;

    moved.offset = 0;
    return moved;
}

static void note_glimpse(const struct source *source, const char *value, struct glimpse *out)
{
    if (value != out->value)
        *out = (struct glimpse){value, where(source)};
}

/* Reads every line as one of a file that has this setting alone, and goes on after a fault. */
struct glimpse settings_glimpse(const char *path, const struct setting *setting, struct arena *arena)
{
    struct glimpse found = {0};
    const char *value = NULL;
    const struct setting settings[] = {at_start_of_record(setting), {0}};
    const struct settings_layout layout = {.settings = settings};
    struct error ignored;
    struct source source = {.path = path, .arena = arena, .layout = &layout, .record = &value, .err = &ignored};

    if (path != NULL)
        source.file = open_file(path);
    if (source.file != NULL) {
        char line[SETTINGS_LINE_BYTES_MAX];

        source.directory = directory_of(path, arena);
        while (get_line(source.file, line, sizeof(line)) > 0) {
            source.line++;
            read_line(&source, content_of(&source, line));
            note_glimpse(&source, value, &found);
        }
        fclose(source.file);
    }
    read_environment(&source);
    note_glimpse(&source, value, &found);
    return found;
}
