/* The statements of identity.c. */
#ifndef ORGD_IDENTITY_SQL_H
#define ORGD_IDENTITY_SQL_H

#include "base/digest.h"
#include "identity.h"

struct identity_params {
    struct identity identity;
    struct digest digest; /* of issuer and subject */
    struct text name_key; /* of the subject, as a user's name */
    struct timestamp now;
};

/* By issuer and subject. */
extern const struct db_statement identity_sql_find;
extern const struct db_statement identity_sql_list; /* of an account */

/* Link an identity that has no row yet: to the account; to it, while its name is the subject, octet by octet. */
extern const struct db_statement identity_sql_insert;
extern const struct db_statement identity_sql_find_named; /* that user: its account_id and username */
extern const struct db_statement identity_sql_insert_by_name;
extern const struct db_statement identity_sql_link;   /* one that is linked to nobody */
extern const struct db_statement identity_sql_unlink; /* one that is linked to the account */

/* What a linked identity opens the API with. */
extern const struct db_statement identity_sql_insert_credential;
extern const struct db_statement identity_sql_delete_credential;

#endif
