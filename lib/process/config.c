#include "config.h"

#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_private.h"

#define LINE_MAXIMUM 4096
#define BLANKS " \t\r\n\v\f"
#define NO_SENSE "%s: neither a comment nor 'key = value'"

const struct config_setting config_settings[] = {
#define SETTING_STRING(key, default_value, sentence) {#key, false, default_value, 0, 0, NULL, sentence},
#define SETTING_INT(key, default_value, minimum, maximum, unit, sentence)                                              \
    {#key, true, #default_value, minimum, maximum, unit, sentence},
#include "settings.def"
#undef SETTING_STRING
#undef SETTING_INT
    {NULL, false, NULL, 0, 0, NULL, NULL},
};

/* Where each setting lives in struct config, in the order of config_settings. */
static const size_t offsets[] = {
#define SETTING_STRING(key, default_value, sentence) offsetof(struct config, key),
#define SETTING_INT(key, default_value, minimum, maximum, unit, sentence) offsetof(struct config, key),
#include "settings.def"
#undef SETTING_STRING
#undef SETTING_INT
};

static const struct config_table table = {config_settings, offsets};

/* What is being read, for messages: a file and line, or an environment variable. */
struct source {
    FILE *file;
    const char *path;
    int line;
    struct arena *arena;
    struct config *config;
    struct config_issuer *issuer;                      /* whose section it is; NULL above the sections */
    const char *places[ARRAY_LENGTH(config_settings)]; /* where each setting was set; NULL: nowhere */
    struct error *err;
};

static const char *where(const struct source *source)
{
    return source->line > 0 ? arena_printf(source->arena, "%s:%d", source->path, source->line) : source->path;
}

static int set_int(const struct source *source, const struct config_setting *setting, const char *value,
                   int64_t *target)
{
    char *end;
    long long number;

    errno = 0;
    number = strtoll(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || number < setting->minimum || number > setting->maximum)
        return error_set(source->err, ERR_VALIDATION, "%s: %s = %s: must be a whole number of %s from %lld to %lld",
                         where(source), setting->key, value, setting->unit, (long long)setting->minimum,
                         (long long)setting->maximum);
    *target = number;
    return 0;
}

/* Sets a member of the struct that the table is about. */
static int set(const struct source *source, const struct config_table *in, size_t index, void *record,
               const char *value)
{
    char *target = (char *)record + in->offsets[index];

    if (in->settings[index].is_int)
        return set_int(source, &in->settings[index], value, (int64_t *)(void *)target);
    *(const char **)(void *)target = arena_strndup(source->arena, value, strlen(value));
    return 0;
}

/* Sets one above the sections. */
static int set_own(struct source *source, size_t index, const char *value)
{
    source->places[index] = where(source);
    return set(source, &table, index, source->config, value);
}

/* The index of the setting; that of the NULL key if there is none of this name. */
static size_t find(const struct config_table *in, const char *key)
{
    size_t index = 0;

    while (in->settings[index].key != NULL && strcmp(in->settings[index].key, key) != 0)
        index++;
    return index;
}

static int set_of_issuer(const struct source *source, const char *key, const char *value)
{
    size_t index = find(&config_issuer_table, key);
    const char *fault = config_issuer_fault(key, value);

    if (config_issuer_settings[index].key == NULL)
        return error_set(source->err, ERR_VALIDATION,
                         "%s: unknown setting '%s' of an issuer; the other settings stand above all sections",
                         where(source), key);
    if (fault != NULL)
        return error_set(source->err, ERR_VALIDATION, "%s: %s = %s: %s", where(source), key, value, fault);
    return set(source, &config_issuer_table, index, source->issuer, value);
}

/* inih calls this for each key; returning 0 makes it report the line. Sections never get there: see read_line(). */
static int on_key(void *user, const char *section, const char *name, const char *value)
{
    struct source *source = user;
    size_t index;

    (void)section;
    if (source->err->kind != ERR_NONE)
        return 0;
    if (source->issuer != NULL)
        return set_of_issuer(source, name, value) == 0;
    index = find(&table, name);
    if (config_settings[index].key != NULL)
        return set_own(source, index, value) == 0;
    error_set(source->err, ERR_VALIDATION, "%s: unknown setting '%s'; orgd.conf(5) lists the settings", where(source),
              name);
    return 0;
}

/* Sections */

static int end_section(const struct source *source)
{
    const char *lacking = source->issuer == NULL ? NULL : config_issuer_lacks(source->issuer);

    if (lacking == NULL)
        return 0;
    return error_set(source->err, ERR_VALIDATION, "%s: the issuer %s lacks the setting '%s'", source->issuer->place,
                     source->issuer->url, lacking);
}

static int begin_section(struct source *source, const char *name)
{
    struct config_issuer **last = &source->config->issuers;
    struct config_issuer *issuer = config_issuer_open(name, source->arena);

    if (end_section(source) < 0)
        return -1;
    if (issuer == NULL)
        return error_set(source->err, ERR_VALIDATION,
                         "%s: unknown section [%s]; there are only sections [issuer \"https://…\"]", where(source),
                         name);
    for (; *last != NULL; last = &(*last)->next)
        if (strcmp((*last)->url, issuer->url) == 0)
            return error_set(source->err, ERR_VALIDATION, "%s: the issuer %s has a section already", where(source),
                             issuer->url);
    *last = issuer;
    source->issuer = issuer;
    issuer->place = where(source);
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

/* As fgets(), but the length tells where NUL bytes hide the rest of a line. */
static size_t get_line(FILE *file, char *line, size_t size)
{
    size_t length = 0;
    int c = 0;

    while (length + 1 < size && c != '\n' && (c = getc(file)) != EOF)
        line[length++] = (char)c;
    line[length] = '\0';
    return length;
}

/* A line for inih: it would cut long ones in two, and end them at a NUL byte. The lines that begin a section are read
 * here, since inih keeps 49 bytes of their names and says nothing about empty sections; it gets an empty line instead.
 */
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

static int read_file(struct source *source)
{
    int bad_line;

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

static int read_environment(struct source *source)
{
    for (size_t i = 0; config_settings[i].key != NULL; i++) {
        char *variable = arena_printf(source->arena, "ORGD_%s", config_settings[i].key);
        const char *value;

        for (char *at = variable; *at != '\0'; at++)
            if (*at >= 'a' && *at <= 'z')
                *at = (char)(*at - 'a' + 'A');
        value = getenv(variable);
        source->path = variable;
        source->line = 0;
        if (value != NULL && set_own(source, i, value) < 0)
            return -1;
    }
    return 0;
}

/* What cannot be said before all is read */

static int refuse(const struct source *source, const char *key, const char *value, const char *rule)
{
    return error_set(source->err, ERR_VALIDATION, "%s: %s = %s: %s", source->places[find(&table, key)], key, value,
                     rule);
}

/* Headers, JSON and tokens carry it as it is, with paths behind it. */
static bool is_public_url(const char *value)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/[]@!$&'()*+,;=%";
    size_t length = strlen(value);

    /* libcurl forgives upper case and other numbers of slashes. */
    return config_is_http_url(value) && (strncmp(value, "http://", 7) == 0 || strncmp(value, "https://", 8) == 0) &&
           strstr(value, ":///") == NULL && strspn(value, allowed) == length && value[length - 1] != '/';
}

static bool read_listen_mode(struct config *config)
{
    const char *text = config->listen_mode;
    unsigned long mode = strtoul(text, NULL, 8);

    config->listen_mode_bits = (unsigned)mode;
    return text[0] != '\0' && strspn(text, "01234567") == strlen(text) && mode <= 0777;
}

static int check_issuers(const struct source *source)
{
    const char *public_url = source->config->public_url;

    for (const struct config_issuer *issuer = source->config->issuers; issuer != NULL; issuer = issuer->next)
        if (strcmp(issuer->url, public_url) == 0)
            return error_set(source->err, ERR_VALIDATION,
                             "%s: [issuer \"%s\"]: that is public_url; this service's own tokens need no section",
                             issuer->place, issuer->url);
    return 0;
}

static int check(const struct source *source)
{
    struct config *config = source->config;

    if (!is_public_url(config->public_url))
        return refuse(source, "public_url", config->public_url,
                      "must be an http:// or https:// URL without user, query, fragment and final slash");
    if (!read_listen_mode(config))
        return refuse(source, "listen_mode", config->listen_mode, "must be an octal number such as 0660");
    if (!log_level_parse(config->log_level, &config->log_threshold))
        return refuse(source, "log_level", config->log_level, "must be error, warning, info or debug");
    if (strcmp(config->log, "stderr") != 0 && strcmp(config->log, "syslog") != 0 && config->log[0] != '/')
        return refuse(source, "log", config->log, "must be stderr, syslog or an absolute path");
    if (strcmp(config->device_clients, "any") != 0 && strcmp(config->device_clients, "registered") != 0)
        return refuse(source, "device_clients", config->device_clients, "must be any or registered");
    if (strcmp(config->seccomp, "on") != 0 && strcmp(config->seccomp, "off") != 0)
        return refuse(source, "seccomp", config->seccomp, "must be on or off");
    config->has_seccomp = strcmp(config->seccomp, "on") == 0;
    return check_issuers(source);
}

int config_read(const char *path, struct arena *arena, struct config *out, struct error *err)
{
    static const struct config defaults = {
#define SETTING_STRING(key, default_value, sentence) .key = (default_value),
#define SETTING_INT(key, default_value, minimum, maximum, unit, sentence) .key = (default_value),
#include "settings.def"
#undef SETTING_STRING
#undef SETTING_INT
    };
    struct source source = {.arena = arena, .config = out, .err = err};

    *out = defaults;
    err->kind = ERR_NONE;
    ini_max_line = LINE_MAXIMUM;
    ini_allow_multiline = false;
    ini_allow_inline_comments = false;
    if (path == NULL)
        path = getenv("ORGD_CONFIG");
    if (path == NULL && access(CONFIG_DEFAULT_FILE, F_OK) == 0)
        path = CONFIG_DEFAULT_FILE;
    source.path = path;
    if (path != NULL && read_file(&source) < 0)
        return -1;
    if (read_environment(&source) < 0)
        return -1;
    return check(&source);
}

bool config_has_word(const char *list, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = list; length > 0 && (at = strstr(at, word)) != NULL; at += length) {
        bool starts = at == list || at[-1] == ' ';
        bool ends = at[length] == '\0' || at[length] == ' ';

        if (starts && ends && strchr(word, ' ') == NULL)
            return true;
    }
    return false;
}

bool config_allows_origin(const struct config *config, const char *origin)
{
    return config_has_word(config->cors_origins, origin);
}
