#include "account.h"

#include "account_sql.h"
#include "base/jsonw.h"
#include "base/text.h"
#include "db/db_unit.h"

static const struct {
    struct text name; /* in the database */
    const char *word;
} kinds[] = {
    [ACCOUNT_USER] = {TEXT("user"), "user"},
    [ACCOUNT_SERVICE] = {TEXT("service"), "service account"},
};

/* Who asks */

int account_of_credential(const struct call *call, const struct credential *credential, struct account *out,
                          struct error *err)
{
    struct account_params params = {.caller = *credential};
    struct principal principal;
    struct account_row row;
    int found = db_query_one(call->db, &account_sql_of_credential, &params, call->arena, &row, err);

    if (found < 0 || caller_accept(credential, found == 0 ? NULL : &row.caller, call->now, &principal, err) < 0)
        return -1;
    *out = row.account;
    out->is_active = true;
    out->is_superuser = principal.is_superuser;
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

/* Rules */

int account_check_name(struct text name, struct error *err)
{
    struct id id;

    if (!text_is_utf8(name) || text_length(name) < 1 || text_length(name) > 64)
        return error_set(err, ERR_VALIDATION, "a name must have 1 to 64 characters, in UTF-8");
    if (text_has_control(name) || text_has_outer_space(name))
        return error_set(err, ERR_VALIDATION, "a name must not have control characters, or white space at its ends");
    if (id_parse(name, &id))
        return error_set(err, ERR_VALIDATION, "a name may not look like a UUID");
    return 0;
}

/* A text that an account may have besides its name; one without data is fine. */
static int check_detail(const char *what, struct text detail, size_t maximum, struct error *err)
{
    if (detail.data == NULL)
        return 0;
    if (!text_is_utf8(detail) || text_has_control(detail) || text_length(detail) > maximum)
        return error_set(err, ERR_VALIDATION,
                         "%s must have at most %zu characters, in UTF-8, and no control characters", what, maximum);
    return 0;
}

static int check_details(const struct account *account, struct error *err)
{
    if (check_detail("an email address", account->email, 254, err) < 0)
        return -1;
    return check_detail("a full name", account->full_name, 200, err);
}

/* Writes */

static int plan_creation(struct db_unit *unit, void *context, struct error *err)
{
    const struct account_params *params = context;

    (void)err;
    db_unit_add(unit, &account_sql_insert, params);
    if (!id_is_nil(&params->account.organization_id))
        db_unit_require(unit, &account_sql_insert_service_membership, params, ERR_NOT_FOUND,
                        "the organization no longer exists");
    return 0;
}

static int create(const struct call *call, struct account_params *params, struct id *out, struct error *err)
{
    struct db_work work = {.plan = plan_creation, .context = params};

    if (account_check_name(params->account.name, err) < 0 || check_details(&params->account, err) < 0)
        return -1;
    params->account.id = id_new(call->now);
    params->account.name = text_nfc(call->arena, params->account.name);
    params->name_key = text_fold(call->arena, params->account.name);
    params->now = call->now;
    if (db_transaction(call->db, call->arena, &work, err) < 0)
        return err->kind == ERR_EXISTS
                   ? error_set(err, ERR_EXISTS, "an account named '%s' exists already", params->account.name.data)
                   : -1;
    *out = params->account.id;
    return 0;
}

int account_create_user(const struct call *call, const struct account *user, struct id *out, struct error *err)
{
    struct account_params params = {.account = *user, .kind = kinds[ACCOUNT_USER].name};

    return create(call, &params, out, err);
}

int account_create_service(const struct call *call, const struct account *service, enum role role, struct id *out,
                           struct error *err)
{
    struct account_params params = {.account = *service, .kind = kinds[ACCOUNT_SERVICE].name};

    params.account.role = text_of(role_name(role));
    return create(call, &params, out, err);
}

int account_update(const struct call *call, const struct account *account, struct error *err)
{
    struct account_params params = {.account = *account, .now = call->now};

    if (check_details(account, err) < 0)
        return -1;
    return db_change(call->db, call->arena, &account_sql_update, &params, ERR_NONE, NULL, err);
}

int account_set_active(const struct call *call, const struct id *id, bool is_active, struct error *err)
{
    struct account_params params = {.account = {.id = *id, .is_active = is_active}, .now = call->now};

    return db_change(call->db, call->arena, &account_sql_set_active, &params, ERR_NONE, NULL, err);
}

int account_delete_service(const struct call *call, const struct id *id, struct error *err)
{
    struct account_params params = {.account.id = *id};

    return db_change(call->db, call->arena, &account_sql_delete_service, &params, ERR_NONE, NULL, err);
}

/* Reads */

int account_get(const struct call *call, enum account_kind kind, const char *name, struct account *out,
                struct error *err)
{
    struct account_params params = {.kind = kinds[kind].name};
    struct account_row row;
    int found = 0;

    if (text_is_utf8(text_of(name))) {
        params.name_key = text_fold(call->arena, text_of(name));
        found = db_query_one(call->db, &account_sql_find, &params, call->arena, &row, err);
    }
    if (found == 0)
        return error_set(err, ERR_NOT_FOUND, "there is no %s named '%s'", kinds[kind].word, name);
    *out = row.account;
    return found < 0 ? -1 : 0;
}

int64_t account_list(const struct call *call, enum account_kind kind, const struct id *organization_id,
                     struct account **out, struct error *err)
{
    struct account_params params = {.kind = kinds[kind].name, .account.organization_id = *organization_id};
    struct account_row *rows = NULL;
    int64_t count = db_query_all(call->db, &account_sql_list, &params, call->arena, (void **)&rows, err);

    *out = count > 0 ? arena_alloc(call->arena, (size_t)count * sizeof(**out)) : NULL;
    for (int64_t i = 0; i < count; i++)
        (*out)[i] = rows[i].account;
    return count;
}
