/* Every statement of the library. What there is, statements.def says, which is made from the library's symbols; what is
 * no statement is left out. */
#ifndef ORGD_STATEMENTS_H
#define ORGD_STATEMENTS_H

#include "db/db_connection_sql.h"
#include "db/db_schema_sql.h"
#include "db/db_server_sql.h"
#include "domain/access/access_sql.h"
#include "domain/access/caller_sql.h"
#include "domain/access/idempotency_sql.h"
#include "domain/access/purge_sql.h"
#include "domain/access/rights_sql.h"
#include "domain/access/throttle_sql.h"
#include "domain/access/use_sql.h"
#include "domain/accounts/account_import_sql.h"
#include "domain/accounts/account_sql.h"
#include "domain/accounts/key_sql.h"
#include "domain/accounts/mailed_link_sql.h"
#include "domain/accounts/password_reset_sql.h"
#include "domain/accounts/session_sql.h"
#include "domain/accounts/user_sql.h"
#include "domain/accounts/way_in_sql.h"
#include "domain/credentials/event_heads_sql.h"
#include "domain/credentials/identity_sql.h"
#include "domain/events/event_feed_sql.h"
#include "domain/events/event_list_sql.h"
#include "domain/events/event_position_sql.h"
#include "domain/events/event_row_sql.h"
#include "domain/events/event_sql.h"
#include "domain/events/event_verify_sql.h"
#include "domain/events/refusal_sql.h"
#include "domain/mail/mail_sql.h"
#include "domain/oauth/client_sql.h"
#include "domain/oauth/code_sql.h"
#include "domain/oauth/device_sql.h"
#include "domain/oauth/grant_sql.h"
#include "domain/oauth/refresh_sql.h"
#include "domain/organizations/assignment_sql.h"
#include "domain/organizations/head_sql.h"
#include "domain/organizations/holder_sql.h"
#include "domain/organizations/invitation_sql.h"
#include "domain/organizations/mask_sql.h"
#include "domain/organizations/member_sql.h"
#include "domain/organizations/organization_list_sql.h"
#include "domain/organizations/organization_sql.h"
#include "domain/organizations/role_sql.h"
#include "domain/organizations/service_account_sql.h"
#include "domain/organizations/subscription_sql.h"
#include "domain/organizations/team_sql.h"

/* `statement` is NULL for a symbol that is none. */
static const struct {
    const char *symbol;
    const struct db_statement *statement;
} statements[] = {
#define STATEMENT(symbol) {#symbol, _Generic(&(symbol), const struct db_statement * : &(symbol), default : NULL)},
#include "tests/unit/statements.def"
#undef STATEMENT
};

#endif
