/* The language of the pages: the best one of Accept-Language that has a translation, or English.
 *
 *     struct text complaint = language_say(exchange, N_("Enter your user name and your password.")); */
#ifndef ORGD_LANGUAGE_H
#define ORGD_LANGUAGE_H

#include "http/exchange.h"
#include "web/catalogue.h"

/* Returns the catalogue for this request; NULL means English. */
const struct catalogue *language_of(const struct exchange *exchange);

/* Returns a text, which N_() marks, in the person's language. */
struct text language_say(const struct exchange *exchange, const char *english);

/* Returns an error's sentence in the person's language, or unchanged if there is no translation. */
struct text language_say_error(const struct exchange *exchange, const struct error *err);

#endif
