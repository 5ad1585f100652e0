/* The configuration of the service: the settings of all owners as one record, and the sections about other issuers. */
#ifndef ORGD_CONFIG_H
#define ORGD_CONFIG_H

#include "base/log.h"
#include "process/settings.h"

#define CONFIG_DEFAULT_FILE SYSCONFDIR "/orgd.conf"
#define CONFIG_DEFAULT_FILES "../orgd.conf beside the program's directory, else " CONFIG_DEFAULT_FILE /* in help */
#define CONFIG_VARIABLE "ORGD_CONFIG" /* names the file in the environment */
/* Tells the next supervisor (the same process with a new image) what it takes over: "FD PID PID …". */
#define CONFIG_HANDOVER_VARIABLE "ORGD_POOL_HANDOVER"
/* Names the descriptor of the counters that the next supervisor takes over. */
#define CONFIG_COUNTERS_VARIABLE "ORGD_POOL_COUNTERS"
/* By this a request shows that it came through the web server (gateway_secret). */
#define CONFIG_GATEWAY_VARIABLE "ORGD_GATEWAY_SECRET"

struct config {
#define SETTINGS_FILE "domain/settings.def"
#include "process/settings_members.def"
    struct issuer_settings *issuers; /* the first one (credentials/issuer_settings.h) */
    /* Derived when everything has been read, so that nothing is parsed twice. */
    unsigned listen_mode_bits;
    enum log_level log_threshold;
    bool has_seccomp;
    const char *path;          /* of the file that was read; NULL: there was none */
    bool is_compiled_in;       /* nobody has named a file: it is CONFIG_DEFAULT_FILE, or none */
    const char *log_directory; /* where a worker may make the log anew after a rotation; NULL: nowhere */
    const char *log_neighbour; /* why nowhere: this is in the same directory; NULL: the log is no file */
};

/* All settings above the sections, ended by a NULL key. */
extern const struct setting config_settings[];

/* Returns the target of the log that a configuration names, even if there is a fault somewhere else in it; NULL if it
 * names none. */
const char *config_log_of(const char *path, struct arena *arena);

/* Returns an ORGD_… variable in the environment that means nothing, as settings_unknown_variable() does. */
const char *config_unknown_variable(size_t *place, struct arena *arena);

/* Returns true if orgd serves /metrics: a token for it is set, and all workers count in one place. */
bool config_has_metrics(const struct config *config);

/* Reads and checks the configuration. If `path` is NULL, it reads $ORGD_CONFIG, else orgd.conf in the directory above
 * that of the program if it is there, else CONFIG_DEFAULT_FILE if that exists, else takes the defaults. A named file
 * must be readable. Strings live in `arena`; keep it as long as the configuration. Fails with ERR_VALIDATION, which
 * names file, line, key and what is allowed. */
int config_read(const char *path, struct arena *arena, struct config *out, struct error *err) NODISCARD;

#endif
