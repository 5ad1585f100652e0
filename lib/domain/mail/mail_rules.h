/* Rules for the settings about mails. */
#ifndef ORGD_MAIL_RULES_H
#define ORGD_MAIL_RULES_H

#include "process/settings.h"

extern const struct setting_rule mail_rule_server;
extern const struct setting_rule mail_rule_address; /* may be empty */
extern const struct setting_rule mail_rule_text;    /* one line; may be empty */

/* Returns the program of "sendmail:PATH"; NULL for any other server. */
const char *mail_program(const char *server);

#endif
