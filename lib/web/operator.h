/* Who operates the service, as the configuration says it and the pages show it. */
#ifndef ORGD_OPERATOR_H
#define ORGD_OPERATOR_H

#include "process/settings.h"

#define OPERATOR_NAME_LENGTH_MAX 100

/* Rules for settings, which both accept that nothing is set: a name to show; an address where people get help. */
extern const struct setting_rule operator_rule_name;
extern const struct setting_rule operator_rule_contact;

#endif
