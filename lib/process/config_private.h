/* What the files of the configuration share. */
#ifndef ORGD_CONFIG_PRIVATE_H
#define ORGD_CONFIG_PRIVATE_H

#include "config.h"

/* A table of settings, and where each of them lives in its struct. */
struct config_table {
    const struct config_setting *settings;
    const size_t *offsets;
};

extern const struct config_table config_issuer_table;

/* The section's issuer, with its defaults, in the arena. NULL if `name`, from between the brackets, is not of the form
 * `issuer "URL"`. */
struct config_issuer *config_issuer_open(const char *name, struct arena *arena);

/* The rule that a text breaks as the value of this setting; NULL if it is good. */
const char *config_issuer_fault(const char *key, const char *value);

/* The first setting without a default that was not set, or NULL. */
const char *config_issuer_lacks(const struct config_issuer *issuer);

/* True of an http:// or https:// URL without user and fragment. */
bool config_is_http_url(const char *value);

/* True if `word` is one of those in `list`, which blanks separate. */
bool config_has_word(const char *list, const char *word);

#endif
