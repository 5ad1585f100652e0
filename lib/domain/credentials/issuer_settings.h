/* What a section [issuer "URL"] of orgd.conf says about another issuer whose access tokens are accepted. */
#ifndef ORGD_ISSUER_SETTINGS_H
#define ORGD_ISSUER_SETTINGS_H

#include "process/settings.h"

struct issuer_settings {
    struct issuer_settings *next; /* in the file's order */
    const char *url;              /* as its tokens name it */
    const char *place;            /* file and line of the section, for messages */
#define SETTINGS_FILE "domain/credentials/issuer_settings.def"
#include "process/settings_members.def"
};

/* The settings of a section, ended by a NULL key. */
extern const struct setting issuer_settings_table[];

extern const struct setting_rule issuer_settings_rule_algorithms;
extern const struct setting_rule issuer_settings_rule_types;

/* True if the value of a setting that is `yes` or `no` is `yes`. */
bool issuer_settings_say_yes(const char *value);

/* The longest URL that an issuer may have. */
#define ISSUER_URL_BYTES_MAX 2048

/* Begins the section [name] at this place of a file: appends an issuer, in the arena, to the list. Fails with
 * ERR_VALIDATION if the name is not of the form `issuer "URL"`, or the URL already has a section. */
int issuer_settings_begin(struct issuer_settings **list, const char *name, const char *place, struct arena *arena,
                          struct settings_section *out, struct error *err) NODISCARD;

#endif
