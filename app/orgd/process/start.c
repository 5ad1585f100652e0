#include "start.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process/landlock.h"

#define NOBODY_NAMED "neither --config nor " CONFIG_VARIABLE " names one (suexec passes no " CONFIG_VARIABLE " on)"

static void say(bool is_check, const char *message)
{
    if (is_check)
        fprintf(stderr, "orgd: %s\n", message);
    else
        log_refusal(message);
}

int start_refuse(const struct config *config, bool is_check, const char *message)
{
    say(is_check, message);
    if (config->is_compiled_in)
        say(is_check, config->path == NULL
                          ? "there is no configuration: " NOBODY_NAMED ", and " CONFIG_DEFAULT_FILE " does not exist; "
                            "start orgd with --config FILE"
                          : "the configuration was the compiled-in one, " CONFIG_DEFAULT_FILE ": " NOBODY_NAMED
                            "; if it is not yours, start orgd with --config FILE");
    return START_REFUSED;
}

static void PRINTF_LIKE(2, 3) warn(bool is_check, const char *format, ...)
{
    char message[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    if (is_check)
        fprintf(stderr, "orgd: warning: %s\n", message);
    else
        log_warning("%s", message);
}

/* A file that belongs to neither root nor whoever runs this may have been put there by anybody. */
static void warn_of_foreign_file(const struct config *config, bool is_check)
{
    struct stat status;

    if (!config->is_compiled_in || config->path == NULL || stat(config->path, &status) != 0)
        return;
    if (status.st_uid != 0 && status.st_uid != geteuid())
        warn(is_check,
             "the configuration is the compiled-in one, %s, which belongs to user %lu: " NOBODY_NAMED
             "; if it is not yours, start orgd with --config FILE",
             config->path, (unsigned long)status.st_uid);
}

static void warn_of_unknown_variables(bool is_check, struct arena *arena)
{
    const char *name;

    for (size_t place = 0; (name = config_unknown_variable(&place, arena)) != NULL;)
        warn(is_check,
             "the environment variable %s means nothing: orgd.conf(5) lists the settings; correct or remove it", name);
}

static void warn_of_log_with_neighbour(const struct config *config, bool is_check)
{
    if (config->log_neighbour != NULL && config->has_seccomp && landlock_is_there())
        warn(
            is_check,
            "workers may not make the log %s anew when it is rotated, because %s is below the same directory: give the "
            "log a directory of its own",
            config->log, config->log_neighbour);
}

void start_describe(const struct config *config, bool is_check)
{
    char message[1024];

    if (config->path != NULL)
        snprintf(message, sizeof(message), "the configuration is %s", config->path);
    else
        snprintf(message, sizeof(message),
                 "there is no configuration file: all settings have their defaults, or what the environment says");
    if (is_check)
        printf("orgd: %s\n", message);
    else
        log_info("%s", message);
}

static void warn_of_half_metrics(const struct config *config, bool is_check)
{
    if (config->metrics_file[0] != '\0' && config->metrics_token[0] == '\0')
        warn(is_check, "metrics_file is set, but nobody gets /metrics: set a metrics_token, too");
    else if (config->metrics_token[0] != '\0' && !config_has_metrics(config))
        warn(is_check,
             "metrics_token is set, but nobody gets /metrics: set a metrics_file, too, since no pool runs here");
}

void start_warn(const struct config *config, bool is_check, struct arena *arena)
{
    warn_of_foreign_file(config, is_check);
    warn_of_unknown_variables(is_check, arena);
    warn_of_log_with_neighbour(config, is_check);
    warn_of_half_metrics(config, is_check);
}
