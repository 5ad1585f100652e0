/* Accounts as their holders see them: who am I, and may I have an access token. */
#ifndef ORGD_ACCOUNT_H
#define ORGD_ACCOUNT_H

#include "base/buf.h"
#include "db/db.h"
#include "domain/access/caller.h"
#include "domain/call.h"
#include "web/fields.h"

struct account {
    struct id id;
    struct id organization_id; /* of a service account */
    struct text name;
    struct text email;
    struct text full_name;
    bool is_service;
    bool is_superuser;
};

/* The active account a credential belongs to; ERR_UNAUTHORIZED if it does not count. One round trip. */
int account_of_credential(const struct call *call, const struct credential *credential, struct account *out,
                          struct error *err) NODISCARD;

/* The response of GET /users/me. */
extern const struct model account_model;
void account_write_json(struct buf *out, const struct account *account);

#endif
