#include "account.h"

#include "account_sql.h"
#include "base/jsonw.h"

int account_of_credential(const struct call *call, const struct credential *credential, struct account *out,
                          struct error *err)
{
    struct account_params params = {.credential = credential->id};
    struct account_row row;
    struct principal principal;
    int found = db_query_one(call->db, &account_sql_of_credential, &params, call->arena, &row, err);

    if (found < 0 || caller_accept(credential, found == 0 ? NULL : &row.caller, call->now, &principal, err) < 0)
        return -1;
    *out = (struct account){
        .id = principal.account_id,
        .organization_id = row.organization_id,
        .name = row.name,
        .email = row.email,
        .full_name = row.full_name,
        .is_service = row.is_service,
        .is_superuser = principal.is_superuser,
    };
    return 0;
}

static void write_id(struct buf *out, const char *key, const struct id *id)
{
    char text[ID_TEXT_SIZE];

    id_format(id, text);
    jsonw_key(out, key);
    jsonw_string(out, id_is_nil(id) ? NULL : text);
}

void account_write_json(struct buf *out, const struct account *account)
{
    buf_add_char(out, '{');
    write_id(out, "id", &account->id);
    jsonw_key(out, "username");
    jsonw_text(out, account->name);
    jsonw_key(out, "email");
    jsonw_text(out, account->email);
    jsonw_key(out, "name");
    jsonw_text(out, account->full_name);
    buf_add_literal(out, ",\"is_active\":true"); /* who is not is refused */
    jsonw_key(out, "is_superuser");
    buf_add_string(out, account->is_superuser ? "true" : "false");
    jsonw_key(out, "is_service_account");
    buf_add_string(out, account->is_service ? "true" : "false");
    write_id(out, "organization_id", &account->organization_id);
    buf_add_char(out, '}');
}

static const struct field fields[] = {
    {.name = "id", .type = FIELD_ID, .flags = FIELD_REQUIRED},
    {.name = "username", .type = FIELD_TEXT, .flags = FIELD_REQUIRED},
    {.name = "email", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_NULLABLE},
    {.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_NULLABLE},
    {.name = "is_active", .type = FIELD_BOOL, .flags = FIELD_REQUIRED},
    {.name = "is_superuser", .type = FIELD_BOOL, .flags = FIELD_REQUIRED},
    {.name = "is_service_account", .type = FIELD_BOOL, .flags = FIELD_REQUIRED},
    {.name = "organization_id", .type = FIELD_ID, .flags = FIELD_REQUIRED | FIELD_NULLABLE},
    {.name = NULL},
};

const struct model account_model = {"Me", fields};
