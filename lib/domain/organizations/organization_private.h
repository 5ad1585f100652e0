/* Shared by the files of the module organization alone. */
#ifndef ORGD_ORGANIZATION_PRIVATE_H
#define ORGD_ORGANIZATION_PRIVATE_H

#include "db/db_unit.h"
#include "organization_sql.h"

/* An organization, and what the caller may do to it. */
struct organization_seen {
    struct access access;
    struct organization organization;
};

/* Reads caller and organization at once, and checks the caller's permission. */
int organization_see(const struct call *call, const struct id *id, enum permission permission,
                     struct organization_seen *out, struct error *err) NODISCARD;

/* A write within its transaction. */
struct organization_write {
    const struct call *call;
    const struct organization_input *input;
    const struct precondition *precondition;
    struct organization_seen before;
    struct organization_params params;
};

/* Reads the row. Returns 1, 0 if there is none, or -1. Locks the row if the transaction has been started. */
int organization_read_state(const struct organization_write *write, struct organization_state_row *row,
                            struct error *err);

#define ORGANIZATION_ID_IS_TAKEN "An organization with this id, or with the same ids of roles, exists already."
#define ORGANIZATION_TOO_MANY "The owner already owns as many organizations as allowed."

/* Says why this owner may not have one more. */
int organization_explain_limit(const struct call *call, const struct id *owner_id, bool is_caller, struct error *err);

/* Fails with ERR_VALIDATION at body.owner_id: the sentence says what an owner must be. */
int organization_refuse_owner(const struct call *call, const struct id *owner_id, const char *sentence,
                              struct error *err) NODISCARD;

/* Says which unique key was taken. */
int organization_explain_duplicate(const struct db *db, struct error *err);

#endif
