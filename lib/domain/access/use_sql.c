#include "use_sql.h"

static const struct db_record params =
    DB_RECORD(struct use_params, DB_MEMBER(struct use_params, credential_id), DB_MEMBER(struct use_params, hour));

/* Does nothing, and locks nothing, if the hour is noted, on whichever host. Two that come at the same moment write the
 * same; on two nodes of a cluster one of them tries again, and then finds it. What has ended gets no row: the courier
 * may have removed it already. */
const struct db_statement use_sql_note = {
    .name = "use_note",
    .sql = "INSERT INTO orgd_credential_uses (credential_id, last_used)"
           " SELECT c.id, :hour FROM orgd_credentials c LEFT JOIN orgd_organizations o ON o.id = c.organization_id"
           " LEFT JOIN orgd_clients i ON i.id = c.client_id"
           " WHERE c.id = :credential_id AND c.kind IN ('api_key', 'personal_token', 'grant')"
           " AND c.account_is_active IS NOT NULL AND o.ended IS NULL AND i.ended IS NULL"
           " AND NOT EXISTS (SELECT 1 FROM orgd_credential_uses n"
           " WHERE n.credential_id = :credential_id AND n.last_used >= :hour)"
           " ON DUPLICATE KEY UPDATE last_used = GREATEST(last_used, VALUES(last_used))",
    .params = &params,
    .is_repeatable = true,
};
