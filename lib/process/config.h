/* The configuration: orgd.conf (inih), then environment variables over it. */
#ifndef ORGD_CONFIG_H
#define ORGD_CONFIG_H

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"

#define CONFIG_DEFAULT_FILE SYSCONFDIR "/orgd.conf"

/* Another issuer whose tokens count: a section [issuer "URL"]. */
struct config_issuer {
    struct config_issuer *next; /* in the file's order */
    const char *url;            /* as its tokens name it */
    const char *place;          /* file and line of the section, for messages */
#define SETTING_REQUIRED(key, sentence) const char *key;
#define SETTING_STRING(key, default_value, sentence) const char *key;
#define SETTING_INT(key, default_value, minimum, maximum, unit, sentence) int64_t key;
#include "domain/credentials/issuer_settings.def"
#undef SETTING_REQUIRED
#undef SETTING_STRING
#undef SETTING_INT
};

struct config {
#define SETTING_STRING(key, default_value, sentence) const char *key;
#define SETTING_INT(key, default_value, minimum, maximum, unit, sentence) int64_t key;
#include "settings.def"
#undef SETTING_STRING
#undef SETTING_INT
    struct config_issuer *issuers; /* the first one */
    /* Derived while checking, so that nothing has to be parsed again. */
    unsigned listen_mode_bits;
    enum log_level log_threshold;
    bool has_seccomp;
};

struct config_setting {
    const char *key;
    bool is_int;
    const char *default_text; /* NULL: there is no default */
    int64_t minimum, maximum; /* of an int */
    const char *unit;         /* of an int */
    const char *sentence;
};

/* The tables of settings, above the sections and in a section [issuer "URL"]. Each is ended by a NULL key. */
extern const struct config_setting config_settings[];
extern const struct config_setting config_issuer_settings[];

/* Reads and checks the configuration. `path` NULL means $ORGD_CONFIG, else CONFIG_DEFAULT_FILE if that exists, else
 * defaults; a named file must be readable. Strings live in `arena`, as long as the configuration is used.
 * ERR_VALIDATION names file, line, key and what is allowed. */
int config_read(const char *path, struct arena *arena, struct config *out, struct error *err) NODISCARD;

/* True if `origin` is one of `cors_origins`. */
bool config_allows_origin(const struct config *config, const char *origin);

/* True if `algorithm` is one of those that the issuer's tokens may be signed with. */
bool config_issuer_allows(const struct config_issuer *issuer, const char *algorithm);

#endif
