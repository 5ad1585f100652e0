/* The statements of admin.c. */
#ifndef ORGD_ADMIN_SQL_H
#define ORGD_ADMIN_SQL_H

#include "admin.h"
#include "base/digest.h"

struct admin_account_params {
    struct admin_account account;
    struct text kind;
    struct text name_key;
    struct text role;
    struct timestamp now;
};

extern const struct db_statement admin_sql_account_insert;
extern const struct db_statement admin_sql_service_member;
extern const struct db_statement admin_sql_account_find;
extern const struct db_statement admin_sql_account_list;
extern const struct db_statement admin_sql_account_update;
extern const struct db_statement admin_sql_account_set_active;
extern const struct db_statement admin_sql_service_delete;

struct admin_credential_params {
    struct id id;
    struct id account_id;
    struct text kind;
    struct text name;
    struct digest secret;
    struct timestamp retained_until;
    bool is_active;
    struct timestamp now;
};

extern const struct db_statement admin_sql_credential_insert;
extern const struct db_statement admin_sql_credential_list;
extern const struct db_statement admin_sql_key_rotate;
extern const struct db_statement admin_sql_credential_set_active;
extern const struct db_statement admin_sql_credential_delete;

struct admin_organization_params {
    struct id id;
    struct id account_id;
    struct text name_key;
    struct text role;
    struct text status;
    struct timestamp trial_end;
    int64_t revision;
};

extern const struct db_statement admin_sql_organization_find;
extern const struct db_statement admin_sql_organization_list;
extern const struct db_statement admin_sql_organization_delete;
extern const struct db_statement admin_sql_organization_drop_owner;
extern const struct db_statement admin_sql_member_set;
extern const struct db_statement admin_sql_member_list;
extern const struct db_statement admin_sql_member_remove;
extern const struct db_statement admin_sql_subscription_set;

#endif
