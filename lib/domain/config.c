#include "config.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "credentials/issuer_settings.h"
#include "mail/mail_rules.h"
#include "process/program.h"
#include "web/operator.h"
#include "web/url.h"

const struct setting config_settings[] = {
#define SETTINGS_FILE "domain/settings.def"
#define SETTINGS_RECORD struct config
#include "process/settings_rows.def"
    {0},
};

static int begin_issuer(void *config, const char *name, const char *place, struct arena *arena,
                        struct settings_section *out, struct error *err)
{
    return issuer_settings_begin(&((struct config *)config)->issuers, name, place, arena, out, err);
}

static int check_issuers(const struct config *config, struct error *err)
{
    for (const struct issuer_settings *issuer = config->issuers; issuer != NULL; issuer = issuer->next)
        if (strcmp(issuer->url, config->public_url) == 0)
            return error_set(
                err, ERR_VALIDATION,
                "%s: [issuer \"%s\"]: this is public_url; remove the section, since this service accepts its own tokens without one",
                issuer->place, issuer->url);
    return 0;
}

/* True if a password would travel as it is. */
static bool has_bare_password(const struct config *config)
{
    return config->mail_user[0] != '\0' && strcmp(config->mail_tls, "required") != 0 &&
           strncasecmp(config->mail_server, "smtp:", 5) == 0 && !url_leads_to_loopback(config->mail_server);
}

static struct glimpse glimpse(const char *path, const char *key, struct arena *arena)
{
    const struct setting *setting = config_settings;

    while (strcmp(setting->key, key) != 0)
        setting++;
    return settings_glimpse(path, setting, arena);
}

/* Returns where a setting stands that has not its default. */
static const char *place_of(const struct config *config, const char *key, struct arena *arena)
{
    return glimpse(config->path, key, arena).place;
}

static int check_mail(const struct config *config, struct arena *arena, struct error *err)
{
    if (config->mail_server[0] == '\0')
        return 0;
    if (config->mail_from[0] == '\0')
        return error_set(err, ERR_VALIDATION, "%s: mail_server needs mail_from, the address that mails come from",
                         place_of(config, "mail_server", arena));
    if (config->mail_password[0] != '\0' && config->mail_password_file[0] != '\0')
        return error_set(err, ERR_VALIDATION, "%s: set mail_password or mail_password_file, but not both",
                         place_of(config, "mail_password_file", arena));
    if (has_bare_password(config))
        return error_set(
            err, ERR_VALIDATION,
            "%s: mail_tls = %s would send the password of mail_user to another host as it is; set it to required",
            place_of(config, "mail_tls", arena), config->mail_tls);
    return 0;
}

/* True if the file, or the directory, is below the directory. */
static bool is_below(const char *directory, const char *path)
{
    size_t length = strlen(directory);
    char *real = path == NULL || path[0] == '\0' ? NULL : realpath(path, NULL);
    bool is_there = real != NULL && strncmp(real, directory, length) == 0 && real[length] == '/';

    free(real);
    return is_there;
}

/* Returns a file below the directory that the programs read or run; NULL if there is none. */
static const char *find_neighbour(const struct config *config, const char *directory)
{
    const char *const paths[] = {config->path,          config->database_option_file, config->signing_keys,
                                 config->sql_directory, config->mail_password_file,   "/proc/self/exe"};

    for (size_t i = 0; i < ARRAY_LENGTH(paths); i++)
        if (is_below(directory, paths[i]))
            return paths[i];
    for (const struct issuer_settings *issuer = config->issuers; issuer != NULL; issuer = issuer->next)
        if (is_below(directory, issuer->jwks))
            return issuer->jwks;
    return NULL;
}

static bool is_file(const char *path)
{
    struct stat status;

    return path[0] == '/' && (stat(path, &status) == 0 ? S_ISREG(status.st_mode) : errno == ENOENT);
}

/* Who has broken into a worker can do whatever the worker may do. So it may make the log anew only where there is
 * nothing but logs. */
static void find_log_directory(struct config *config, struct arena *arena)
{
    char *named = arena_strndup(arena, config->log, strlen(config->log));
    char *real = is_file(named) ? realpath(dirname(named), NULL) : NULL;

    if (real == NULL)
        return;
    config->log_neighbour = find_neighbour(config, real);
    config->log_directory = config->log_neighbour == NULL ? arena_strndup(arena, real, strlen(real)) : NULL;
    free(real);
}

/* A file that cannot be read counts: what it says is not what the defaults say. */
static bool has_default_file(void)
{
    return access(CONFIG_DEFAULT_FILE, F_OK) == 0 || errno == EACCES;
}

/* Returns NULL if there is none. `orgctl setup --hosting` lays programs and configuration into one directory. */
static const char *find_file(const char *named, struct arena *arena)
{
    const char *path = named == NULL ? getenv(CONFIG_VARIABLE) : named;

    if (path != NULL)
        return path;
    path = program_beside("../orgd.conf", arena);
    if (access(path, F_OK) == 0)
        return path;
    return has_default_file() ? CONFIG_DEFAULT_FILE : NULL;
}

const char *config_log_of(const char *path, struct arena *arena)
{
    return glimpse(find_file(path, arena), "log", arena).value;
}

const char *config_unknown_variable(size_t *place, struct arena *arena)
{
    const char *of_a_request = getenv("GATEWAY_INTERFACE") == NULL ? NULL : CONFIG_GATEWAY_VARIABLE;
    const char *const others[] = {CONFIG_VARIABLE, CONFIG_HANDOVER_VARIABLE, CONFIG_COUNTERS_VARIABLE, of_a_request,
                                  NULL};

    return settings_unknown_variable(config_settings, others, place, arena);
}

bool config_has_metrics(const struct config *config)
{
    return config->metrics_token[0] != '\0' && (config->metrics_file[0] != '\0' || config->listen[0] != '\0');
}

int config_read(const char *path, struct arena *arena, struct config *out, struct error *err)
{
    static const struct settings_sections issuers = {issuer_settings_table, "an issuer", begin_issuer};
    static const struct settings_layout layout = {config_settings, &issuers};

    *out = (struct config){.path = find_file(path, arena)};
    out->is_compiled_in = path == NULL && (out->path == NULL || strcmp(out->path, CONFIG_DEFAULT_FILE) == 0) &&
                          getenv(CONFIG_VARIABLE) == NULL;
    if (settings_read(out->path, &layout, out, arena, err) < 0)
        return -1;
    out->listen_mode_bits = (unsigned)strtoul(out->listen_mode, NULL, 8);
    out->has_seccomp = strcmp(out->seccomp, "on") == 0;
    log_level_parse(out->log_level, &out->log_threshold);
    find_log_directory(out, arena);
    return check_issuers(out, err) < 0 ? -1 : check_mail(out, arena, err);
}
