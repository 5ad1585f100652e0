#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "credentials/issuer_settings.h"
#include "process/program.h"
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

/* Returns NULL if there is none. `orgctl setup --hosting` lays programs and configuration into one directory. */
static const char *find_file(struct arena *arena)
{
    const char *path = getenv("ORGD_CONFIG");

    if (path != NULL)
        return path;
    path = program_beside("../orgd.conf", arena);
    if (access(path, F_OK) == 0)
        return path;
    return access(CONFIG_DEFAULT_FILE, F_OK) == 0 ? CONFIG_DEFAULT_FILE : NULL;
}

int config_read(const char *path, struct arena *arena, struct config *out, struct error *err)
{
    static const struct settings_sections issuers = {issuer_settings_table, "an issuer", begin_issuer};
    static const struct settings_layout layout = {config_settings, &issuers};

    *out = (struct config){0};
    if (path == NULL)
        path = find_file(arena);
    if (settings_read(path, &layout, out, arena, err) < 0)
        return -1;
    out->listen_mode_bits = (unsigned)strtoul(out->listen_mode, NULL, 8);
    out->has_seccomp = strcmp(out->seccomp, "on") == 0;
    log_level_parse(out->log_level, &out->log_threshold);
    return check_issuers(out, err);
}
