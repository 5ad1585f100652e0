/* Shared by the files of the module service_account alone. */
#ifndef ORGD_SERVICE_ACCOUNT_PRIVATE_H
#define ORGD_SERVICE_ACCOUNT_PRIVATE_H

#include "service_account_sql.h"

/* A service account, what it holds, and what the caller may do there. */
struct service_account_seen {
    struct access access;
    struct account account;
    int64_t mask;
};

/* Reads caller and service account at once, and checks the caller's permission. */
int service_account_see(const struct call *call, const struct id *organization_id, struct text id_or_username,
                        enum permission permission, struct service_account_seen *out, struct error *err) NODISCARD;

#endif
