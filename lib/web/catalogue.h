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
    const char *const *forms; /* as many as the language has; one where there is no number in the text */
};

struct catalogue {
    const char *language;                  /* a language tag (RFC 5646): "de", "pt-BR" */
    size_t (*form_of)(unsigned long n);    /* which form goes with a number */
    const struct catalogue_entry *entries; /* ended by an `english` NULL */
};

/* The catalogue that a client likes best, by the look-up of RFC 4647, 3.4: the range de-CH is satisfied by de, too.
 * `catalogues` is ended by NULL, `accept_language` the header (RFC 9110, 12.5.4) or NULL. NULL: English. */
const struct catalogue *catalogue_choose(const struct catalogue *const *catalogues, const char *accept_language);

/* The language tag of a catalogue's texts. */
const char *catalogue_language(const struct catalogue *catalogue);

/* The text in the catalogue's language; itself if that does not have it. */
const char *catalogue_find(const struct catalogue *catalogue, const char *english);

/* The same for a text with a number in it, given as English says it of one and of several: use NP_() of base.h. */
const char *catalogue_find_plural(const struct catalogue *catalogue, const char *one, const char *several, int64_t n);

#endif
