#include "organization.h"

#include <string.h>

#include "base/text.h"
#include "domain/name.h"
#include "organization_private.h"

int organization_explain_duplicate(const struct db *db, struct error *err)
{
    bool is_name = strstr(db_duplicate_key(db), "name") != NULL;

    return error_set(err, ERR_EXISTS,
                     is_name ? "An organization with this name exists already." : ORGANIZATION_ID_IS_TAKEN);
}

/* Reading one organization */

/* Reads caller and organization at once, and checks the caller's permission. */
static int see(const struct call *call, const struct db_statement *const *statements,
               const struct organization_params *params, enum permission permission, struct organization_seen *out,
               struct error *err)
{
    const struct db_statement *statement =
        access_is_operator(call) ? &organization_sql_get_as_operator : caller_statement(statements, &params->caller);
    struct organization_row row;
    struct access_row access;
    int found;

    found = db_query_one(call->db, statement, params, call->arena, &row, err);
    if (found < 0)
        return -1;
    if (found > 0) {
        access = (struct access_row){row.caller, row.organization.id, row.organization.owner_id, row.mask};
        out->organization = row.organization;
    }
    return access_judge(call, found == 0 ? NULL : &access, permission, &out->access, err);
}

int organization_see(const struct call *call, const struct id *id, enum permission permission,
                     struct organization_seen *out, struct error *err)
{
    struct organization_params params = {.caller = call->caller.credential, .organization.id = *id};

    return see(call, organization_sql_get_by_id, &params, permission, out, err);
}

int organization_get(const struct call *call, struct text id_or_name, bool *include_subscription_status,
                     struct organization *out, struct error *err)
{
    struct organization_params params = {.caller = call->caller.credential};
    const struct db_statement *const *statements = organization_sql_get_by_id;
    struct organization_seen seen;

    if (!id_parse(id_or_name, &params.organization.id)) {
        params.name_key = name_key(call->arena, id_or_name);
        statements = organization_sql_get_by_name;
    }
    if (see(call, statements, &params, PERMISSION_ORGANIZATION_READ, &seen, err) < 0)
        return -1;
    *out = seen.organization;
    *include_subscription_status &= standing_allows(&seen.access.standing, PERMISSION_SUBSCRIPTION_READ);
    return 0;
}

int organization_summarize(const struct call *call, const char *id_or_name, struct organization_summary *out,
                           struct error *err)
{
    struct organization_params params = {.name_key = {NULL, 0}};
    int found;

    if (!id_parse(text_of(id_or_name), &params.organization.id))
        params.name_key = name_key(call->arena, text_of(id_or_name));
    found = db_query_one(call->db, &organization_sql_summary, &params, call->arena, out, err);
    if (found == 0)
        return error_set(err, ERR_NOT_FOUND, "there is no organization '%s'", id_or_name);
    return found < 0 ? -1 : 0;
}

int64_t organization_summarize_all(const struct call *call, const char *beginning, enum organization_order order,
                                   struct organization_summary **out, struct error *err)
{
    static const struct db_statement *const statements[ORGANIZATION_ORDERS] = {
        [ORGANIZATION_BY_CREATED] = &organization_sql_summaries,
        [ORGANIZATION_BY_CREATED_DOWN] = &organization_sql_summaries_newest,
        [ORGANIZATION_BY_NAME] = &organization_sql_summaries_by_name,
        [ORGANIZATION_BY_NAME_DOWN] = &organization_sql_summaries_by_name_down,
    };
    struct text text = beginning == NULL ? TEXT("") : text_of(beginning);
    struct organization_params params = {.from = {NULL, 0}};
    struct name_range range;

    if (!text_is_utf8(text))
        return error_set(err, ERR_VALIDATION, "what a name begins with must be UTF-8");
    range = name_range_of(call->arena, name_key(call->arena, text));
    params.from = range.from;
    params.end = range.end;
    return db_query_all(call->db, statements[order], &params, call->arena, (void **)out, err);
}

/* Owners */

int organization_refuse_owner(const struct call *call, const struct id *owner_id, const char *sentence,
                              struct error *err)
{
    char text[ID_TEXT_SIZE];
    json_t *input;

    id_format(owner_id, text);
    input = faults_input(text_of(text));
    faults_add_value_error(call->faults, LOCATION_IN(LOCATION("body"), "owner_id"), sentence, input);
    json_decref(input);
    return faults_result(call->faults, err);
}

int organization_explain_limit(const struct call *call, const struct id *owner_id, bool is_caller, struct error *err)
{
    struct organization_params params = {.organization.owner_id = *owner_id};
    struct organization_owner_row row = {.may_own = false};

    if (db_query_one(call->db, &organization_sql_owner, &params, call->arena, &row, err) < 0)
        return -1;
    if (row.is_service && is_caller)
        return error_set(err, ERR_FORBIDDEN, "A service account cannot create an organization.");
    return row.may_own ? error_set(err, ERR_LIMIT, ORGANIZATION_TOO_MANY)
                       : organization_refuse_owner(call, owner_id, "the owner must be an active human user", err);
}

int organization_read_state(const struct organization_write *write, struct organization_state_row *row,
                            struct error *err)
{
    return db_query_one(write->call->db, &organization_sql_state, &write->params, write->call->arena, row, err);
}
