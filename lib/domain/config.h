/* The configuration of the service: the settings of all owners as one record, and the sections about other issuers. */
#ifndef ORGD_CONFIG_H
#define ORGD_CONFIG_H

#include "base/log.h"
#include "process/settings.h"

#define CONFIG_DEFAULT_FILE SYSCONFDIR "/orgd.conf"

struct config {
#define SETTINGS_FILE "domain/settings.def"
#include "process/settings_members.def"
    struct issuer_settings *issuers; /* the first one (credentials/issuer_settings.h) */
    /* Derived when everything has been read, so that nothing is parsed twice. */
    unsigned listen_mode_bits;
    enum log_level log_threshold;
    bool has_seccomp;
};

/* All settings above the sections, ended by a NULL key. */
extern const struct setting config_settings[];

/* Reads and checks the configuration. If `path` is NULL, it reads $ORGD_CONFIG, else orgd.conf in the directory above
 * that of the program if it is there, else CONFIG_DEFAULT_FILE if that exists, else takes the defaults. A named file
 * must be readable. Strings live in `arena`; keep it as long as the configuration. Fails with ERR_VALIDATION, which
 * names file, line, key and what is allowed. */
int config_read(const char *path, struct arena *arena, struct config *out, struct error *err) NODISCARD;

#endif
