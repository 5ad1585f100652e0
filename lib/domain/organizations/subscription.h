/* The subscription of an organization: trialing, active or canceled. */
#ifndef ORGD_SUBSCRIPTION_H
#define ORGD_SUBSCRIPTION_H

#include "domain/call.h"

/* In the order of the ENUM orgd_organizations.subscription_status, which numbers from 1. */
enum subscription_status { SUBSCRIPTION_NONE, SUBSCRIPTION_TRIALING, SUBSCRIPTION_ACTIVE, SUBSCRIPTION_CANCELED };

/* Convert between a status and its name in the database and in orgctl. */
const char *subscription_name(enum subscription_status status);
bool subscription_parse(const char *name, enum subscription_status *out);

/* True while in trial or billed. */
bool subscription_is_active(int64_t status, struct timestamp trial_end, struct timestamp now);

/* Returns the whole seconds until the trial ends, or -1 if there is no trial. */
int64_t subscription_trial_expiry(int64_t status, struct timestamp trial_end, struct timestamp now);

/* Sets how a new organization starts: with a trial, if the configuration gives one. */
void subscription_start(const struct call *call, int64_t *status, struct timestamp *trial_end);

/* Sets the status of an organization. `trial_end` counts for SUBSCRIPTION_TRIALING; 0 leaves it as it is. */
int subscription_set(const struct call *call, const struct id *organization_id, enum subscription_status status,
                     struct timestamp trial_end, struct error *err) NODISCARD;

#endif
