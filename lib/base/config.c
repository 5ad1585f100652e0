#include "config.h"

#include <curl/curl.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAXIMUM 4096

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

/* What is being read, for messages: a file and line, or an environment variable. */
struct source {
    FILE *file;
    const char *path;
    int line;
    struct arena *arena;
    struct config *config;
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

static int set(const struct source *source, size_t index, const char *value)
{
    char *target = (char *)source->config + offsets[index];

    if (config_settings[index].is_int)
        return set_int(source, &config_settings[index], value, (int64_t *)(void *)target);
    *(const char **)(void *)target = arena_strndup(source->arena, value, strlen(value));
    return 0;
}

/* inih calls this for each key; returning 0 makes it report the line. */
static int on_key(void *user, const char *section, const char *name, const char *value)
{
    struct source *source = user;

    if (source->err->kind != ERR_NONE)
        return 0;
    if (section[0] != '\0') {
        error_set(source->err, ERR_VALIDATION, "%s: unknown section [%s]", where(source), section);
        return 0;
    }
    for (size_t i = 0; config_settings[i].key != NULL; i++)
        if (strcmp(name, config_settings[i].key) == 0)
            return set(source, i, value) == 0;
    error_set(source->err, ERR_VALIDATION, "%s: unknown setting '%s'; orgd.conf(5) lists the settings", where(source),
              name);
    return 0;
}

/* An fgets() that counts lines and refuses what inih would cut in two. */
static char *read_line(char *line, int size, void *user)
{
    struct source *source = user;
    size_t length;

    if (source->err->kind != ERR_NONE || fgets(line, size, source->file) == NULL)
        return NULL;
    source->line++;
    length = strlen(line);
    if (length + 1 == (size_t)size && line[length - 1] != '\n') {
        error_set(source->err, ERR_VALIDATION, "%s: the line is longer than %d bytes", where(source), size - 2);
        return NULL;
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
        error_set(source->err, ERR_VALIDATION, "%s: neither a comment nor 'key = value'", where(source));
    }
    if (ferror(source->file) && source->err->kind == ERR_NONE)
        error_set(source->err, ERR_VALIDATION, "cannot read the configuration %s: %s", source->path, strerror(errno));
    fclose(source->file);
    return source->err->kind == ERR_NONE ? 0 : -1;
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
        if (value != NULL && set(source, i, value) < 0)
            return -1;
    }
    return 0;
}

static int check_public_url(const struct config *config, struct error *err)
{
    CURLU *url = curl_url();
    CURLUcode code = curl_url_set(url, CURLUPART_URL, config->public_url, 0);
    size_t length = strlen(config->public_url);
    bool is_http = strncmp(config->public_url, "http://", 7) == 0 || strncmp(config->public_url, "https://", 8) == 0;

    curl_url_cleanup(url);
    if (code != CURLUE_OK || !is_http || strpbrk(config->public_url, "?#") != NULL ||
        config->public_url[length - 1] == '/')
        return error_set(err, ERR_VALIDATION,
                         "public_url = %s: must be an http:// or https:// URL without query, fragment and final slash",
                         config->public_url);
    return 0;
}

static int check_listen_mode(struct config *config, struct error *err)
{
    char *end;
    unsigned long mode = strtoul(config->listen_mode, &end, 8);

    if (config->listen_mode[0] == '\0' || *end != '\0' || mode > 0777)
        return error_set(err, ERR_VALIDATION, "listen_mode = %s: must be an octal number such as 0660",
                         config->listen_mode);
    config->listen_mode_bits = (unsigned)mode;
    return 0;
}

static int check(struct config *config, struct error *err)
{
    if (check_public_url(config, err) < 0 || check_listen_mode(config, err) < 0)
        return -1;
    if (!log_level_parse(config->log_level, &config->log_threshold))
        return error_set(err, ERR_VALIDATION, "log_level = %s: must be error, warning, info or debug",
                         config->log_level);
    if (strcmp(config->log, "stderr") != 0 && strcmp(config->log, "syslog") != 0 && config->log[0] != '/')
        return error_set(err, ERR_VALIDATION, "log = %s: must be stderr, syslog or an absolute path", config->log);
    if (strcmp(config->device_clients, "any") != 0 && strcmp(config->device_clients, "registered") != 0)
        return error_set(err, ERR_VALIDATION, "device_clients = %s: must be any or registered", config->device_clients);
    return 0;
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
    return check(out, err);
}

bool config_allows_origin(const struct config *config, const char *origin)
{
    size_t length = strlen(origin);

    for (const char *at = config->cors_origins; length > 0 && (at = strstr(at, origin)) != NULL; at += length) {
        bool starts = at == config->cors_origins || at[-1] == ' ';
        bool ends = at[length] == '\0' || at[length] == ' ';

        if (starts && ends && strchr(origin, ' ') == NULL)
            return true;
    }
    return false;
}
