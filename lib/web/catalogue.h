/* Translations of the texts that people read. English needs none: it is the key, and no catalogue is NULL.
 *
 *     const struct catalogue *catalogue = catalogue_choose(catalogues, accept_language);
 *     const char *text = catalogue_find(catalogue, N_("The user name or the password is wrong."));
 *
 * N_() of base.h marks what is to be translated. */
#ifndef ORGD_CATALOGUE_H
#define ORGD_CATALOGUE_H

#include "base/base.h"

struct catalogue_entry {
    const char *english;
    const char *const *forms; /* one for each plural form of the language; a single one if the text has no number */
};

struct catalogue {
    const char *language;                  /* a language tag (RFC 5646): "de", "pt-BR" */
    size_t (*form_of)(unsigned long n);    /* returns the form for a number */
    const struct catalogue_entry *entries; /* the last one has `english` NULL */
};

/* All translations; catalogues.awk makes them of app/orgd/pages/po. The last one is NULL. */
extern const struct catalogue *const catalogues[];

/* Chooses the catalogue that the client likes best, by the look-up of RFC 4647, 3.4: "de" also satisfies the range
 * de-CH. NULL ends `all`; `accept_language` is the header (RFC 9110, 12.5.4) or NULL. Returns NULL for
 * English. */
const struct catalogue *catalogue_choose(const struct catalogue *const *all, const char *accept_language);

/* Returns the language tag of a catalogue's texts. */
const char *catalogue_language(const struct catalogue *catalogue);

/* Returns the text in the catalogue's language, or the text itself if there is no translation. */
const char *catalogue_find(const struct catalogue *catalogue, const char *english);

/* The same for a text with a number. Give the English singular and plural by NP_() of base.h. */
const char *catalogue_find_plural(const struct catalogue *catalogue, const char *one, const char *several, int64_t n);

#endif
