/* The language in which a person reads our pages: that of Accept-Language for which there is a translation, or English.
 *
 *     struct text complaint = language_say(exchange, N_("Enter your user name and your password."));
 */
#ifndef ORGD_LANGUAGE_H
#define ORGD_LANGUAGE_H

#include "http/exchange.h"
#include "web/catalogue.h"

/* All translations, made of po/ by catalogues.awk; ended by NULL. */
extern const struct catalogue *const catalogues[];

/* The catalogue for this request; NULL: English. */
const struct catalogue *language_of(const struct exchange *exchange);

/* A text that N_() marks, in the person's language. */
struct text language_say(const struct exchange *exchange, const char *english);

/* An error's sentence in the person's language; as it is if there is no translation of it. */
struct text language_say_error(const struct exchange *exchange, const struct error *err);

#endif
