/* The subscription of an organization: in trial, billed, or canceled. */
#ifndef ORGD_SUBSCRIPTION_H
#define ORGD_SUBSCRIPTION_H

#include "domain/call.h"

/* In the order of the ENUM orgd_organizations.subscription_status, which numbers from 1. */
enum subscription_status { SUBSCRIPTION_NONE, SUBSCRIPTION_TRIALING, SUBSCRIPTION_ACTIVE, SUBSCRIPTION_CANCELED };

/* The status' name, as in the database and in orgctl; and back. */
const char *subscription_name(enum subscription_status status);
bool subscription_parse(const char *name, enum subscription_status *out);

/* True while in trial or billed. */
bool subscription_is_active(int64_t status, struct timestamp trial_end, struct timestamp now);

/* Whole seconds until the trial ends, or -1 if there is none. */
int64_t subscription_trial_expiry(int64_t status, struct timestamp trial_end, struct timestamp now);

/* How a new organization starts: with a trial, if the configuration gives one. */
void subscription_start(const struct call *call, int64_t *status, struct timestamp *trial_end);

/* Sets the status of an organization. `trial_end` counts for SUBSCRIPTION_TRIALING; 0 leaves it as it is. */
int subscription_set(const struct call *call, const struct id *organization_id, enum subscription_status status,
                     struct timestamp trial_end, struct error *err) NODISCARD;

#endif
