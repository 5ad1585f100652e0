#include "account.h"

#include <string.h>

#include "account_sql.h"
#include "address.h"
#include "base/jsonw.h"
#include "base/text.h"
#include "db/db_unit.h"
#include "domain/name.h"
#include "session.h"

/* In the database. */
static const struct text kinds[] = {[ACCOUNT_USER] = TEXT("user"), [ACCOUNT_SERVICE] = TEXT("service")};

/* Who asks */

int account_of_credential(const struct call *call, const struct credential *credential, struct account *out,
                          struct error *err)
{
    struct account_params params = {.caller = *credential};
    struct principal principal;
    struct account_row row;
    int found = db_query_one(call->db, caller_statement(account_sql_of_credential, credential), &params, call->arena,
                             &row, err);

    if (found < 0 || caller_accept(found == 0 ? NULL : &row.caller, &principal, err) < 0)
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
    jsonw_key(out, "email_verified");
    buf_add_string(out, account->email_verified ? "true" : "false");
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
    {.name = "id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "Never changes."},
    {.name = "username", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "The name to sign in with."},
    {.name = "email",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     .description = "The email address, as it was first given."},
    {.name = "email_verified",
     .type = FIELD_BOOL,
     .flags = FIELD_REQUIRED,
     .description = "Whether the address is known to be the account's."},
    {.name = "name",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     .description = "What the person is called."},
    {.name = "is_active", .type = FIELD_BOOL, .flags = FIELD_REQUIRED, .description = "Always true of who may call."},
    {.name = "is_superuser",
     .type = FIELD_BOOL,
     .flags = FIELD_REQUIRED,
     .description = "A superuser sees and changes everything."},
    {.name = "is_service_account",
     .type = FIELD_BOOL,
     .flags = FIELD_REQUIRED,
     .description = "A service account is a program's, and belongs to an organization."},
    {.name = "organization_id",
     .type = FIELD_ID,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     .description = "Of a service account: where it belongs. Null of a user."},
    {.name = NULL},
};

const struct model account_model = {
    "Me", fields,
    .example =
        "{\"id\":\"01932d2f-1b40-7c11-9d02-5be3a0f4c6d1\",\"username\":\"wile\",\"email\":\"wile@acme.example.com\",\"email_verified\":true,\"name\":\"Wile E.\",\"is_active\":true,\"is_superuser\":false,\"is_service_account\":false,\"organization_id\":null}"};

/* Rules */

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
    if (address_check(account->email, err) < 0)
        return -1;
    return check_detail("a full name", account->full_name, 200, err);
}

/* Writes */

bool account_address_is_taken(const struct call *call)
{
    return strcmp(db_duplicate_key(call->db), "orgd_accounts_email_key") == 0;
}

/* Says who has the address. Whoever it was may have lost it meanwhile. */
static int refuse_address(const struct call *call, const struct account_params *params, struct error *err)
{
    struct account_row row = {.account.name = TEXT("another account")};

    if (db_query_one(call->db, &account_sql_find_by_address, params, call->arena, &row, err) < 0)
        return -1;
    return error_set(err, ERR_EXISTS,
                     "the address %s is a verified one of '%s' already; change it there first, or add "
                     "--email-unverified",
                     params->account.email.data, row.account.name.data);
}

static int refuse_name(struct text name, bool is_user, struct error *err)
{
    return error_set(err, ERR_EXISTS, "a %s named '%s' exists already",
                     is_user ? "user" : "service account of this organization", name.data);
}

static int plan_creation(struct db_unit *unit, void *context, struct error *err)
{
    const struct account_params *params = context;

    (void)err;
    db_unit_add(unit, &account_sql_insert, params);
    if (params->account.is_superuser)
        db_unit_add(unit, &account_sql_make_superuser, params);
    if (!id_is_nil(&params->account.organization_id))
        db_unit_require(unit, &account_sql_insert_service_membership, params, ERR_NOT_FOUND,
                        "the organization no longer exists");
    return 0;
}

/* Fills in the rest of a new account. */
static int prepare(const struct call *call, struct account_params *params, struct error *err)
{
    struct name name;

    if (name_accept(call->arena, params->account.name, ACCOUNT_NAME_LENGTH_MAX, &name, err) < 0 ||
        check_details(&params->account, err) < 0)
        return -1;
    params->account.id = id_new(call->now);
    params->account.name = name.text;
    params->name_key = name.key;
    params->email_key = address_key(call->arena, params->account.email, params->account.email_verified);
    params->now = call->now;
    return 0;
}

static int create(const struct call *call, struct account_params *params, struct id *out, struct error *err)
{
    struct db_work work = {.plan = plan_creation, .context = params};

    if (prepare(call, params, err) < 0)
        return -1;
    if (db_transaction(call->db, call->arena, &work, err) == 0) {
        *out = params->account.id;
        return 0;
    }
    if (err->kind != ERR_EXISTS)
        return -1;
    if (account_address_is_taken(call))
        return refuse_address(call, params, err);
    return refuse_name(params->account.name, id_is_nil(&params->account.organization_id), err);
}

int account_create_user(const struct call *call, const struct account *user, struct id *out, struct error *err)
{
    struct account_params params = {.account = *user, .kind = kinds[ACCOUNT_USER]};

    return create(call, &params, out, err);
}

int account_prepare_user(const struct call *call, const struct account *user, const struct account_params **out,
                         struct id *id, struct error *err)
{
    struct account_params *params = arena_zalloc(call->arena, sizeof(*params));

    *params = (struct account_params){.account = *user, .kind = kinds[ACCOUNT_USER]};
    if (prepare(call, params, err) < 0)
        return -1;
    *id = params->account.id;
    *out = params;
    return 0;
}

void account_plan_user(struct db_unit *unit, const struct account_params *user)
{
    db_unit_add(unit, &account_sql_insert, user);
}

int account_create_service(const struct call *call, const struct account *service, enum role role, struct id *out,
                           struct error *err)
{
    struct account_params params = {.account = *service, .kind = kinds[ACCOUNT_SERVICE]};

    params.account.role = text_of(role_name(role));
    return create(call, &params, out, err);
}

struct planned_change {
    const struct call *call;
    const struct account_change *change;
    struct account_params params;
};

static int plan_change(struct db_unit *unit, void *context, struct error *err)
{
    const struct planned_change *planned = context;

    (void)err;
    db_unit_add(unit, &account_sql_change, &planned->params);
    if (planned->change->password_hash.data != NULL)
        session_plan_password(unit, planned->call, &planned->params.account.id, planned->change->password_hash);
    return 0;
}

static void take_change(struct arena *arena, const struct account_change *change, struct account_params *params)
{
    params->changes_email = change->email != NULL;
    if (change->email != NULL) {
        params->account.email = *change->email;
        params->email_key = address_key(arena, *change->email, change->email_verified);
    }
    params->changes_full_name = change->full_name != NULL;
    if (change->full_name != NULL)
        params->account.full_name = *change->full_name;
    params->changes_superuser = change->is_superuser != NULL;
    if (change->is_superuser != NULL)
        params->account.is_superuser = *change->is_superuser;
    params->changes_limit = change->organization_limit != NULL;
    if (change->organization_limit != NULL)
        params->account.organization_limit = *change->organization_limit;
}

int account_change(const struct call *call, const struct id *id, const struct account_change *change, struct error *err)
{
    struct planned_change planned = {
        .call = call,
        .change = change,
        .params = {.account.id = *id, .now = call->now},
    };
    struct db_work work = {.plan = plan_change, .is_repeatable = true, .context = &planned};

    take_change(call->arena, change, &planned.params);
    if (check_details(&planned.params.account, err) < 0)
        return -1;
    if (db_transaction(call->db, call->arena, &work, err) == 0)
        return 0;
    return err->kind == ERR_EXISTS ? refuse_address(call, &planned.params, err) : -1;
}

int account_rename(const struct call *call, const struct id *id, const char *name, struct error *err)
{
    struct account_params params = {.account.id = *id, .now = call->now};
    struct name accepted;

    if (name_accept(call->arena, text_of(name), ACCOUNT_NAME_LENGTH_MAX, &accepted, err) < 0)
        return -1;
    params.account.name = accepted.text;
    params.name_key = accepted.key;
    if (db_change(call->db, call->arena, &account_sql_rename, &params, ERR_NOT_FOUND, ACCOUNT_GONE, err) == 0)
        return 0;
    return err->kind == ERR_EXISTS ? refuse_name(accepted.text, true, err) : -1;
}

/* Reads */

int account_get_user(const struct call *call, const char *name, struct account *out, struct error *err)
{
    struct account_params params = {.name_key = name_key(call->arena, text_of(name))};
    struct account_row row;
    int found = db_query_one(call->db, &account_sql_find_user, &params, call->arena, &row, err);

    if (found == 0)
        return error_set(err, ERR_NOT_FOUND, "there is no user named '%s'", name);
    *out = row.account;
    return found < 0 ? -1 : 0;
}

int account_get_service(const struct call *call, const char *id_or_name, const struct id *organization_id,
                        struct account *out, struct error *err)
{
    struct account_params params = {.account.organization_id = *organization_id};
    bool is_id = id_parse(text_of(id_or_name), &params.account.id);
    struct account_row *rows;
    int64_t count;

    if (!is_id)
        params.name_key = name_key(call->arena, text_of(id_or_name));
    count = db_query_all(call->db, is_id ? &account_sql_find_service_by_id : &account_sql_find_services, &params,
                         call->arena, (void **)&rows, err);
    if (count == 0)
        return error_set(err, ERR_NOT_FOUND, "there is no service account '%s'%s", id_or_name,
                         id_is_nil(organization_id) ? "" : " in this organization");
    if (count > 1)
        return error_set(err, ERR_VALIDATION,
                         "several organizations have a service account named '%s'; say which with --organization, or "
                         "give its id instead of its name",
                         id_or_name);
    if (count > 0)
        *out = rows[0].account;
    return count < 0 ? -1 : 0;
}

int64_t account_list(const struct call *call, enum account_kind kind, const struct id *organization_id,
                     struct account **out, struct error *err)
{
    struct account_params params = {.kind = kinds[kind], .account.organization_id = *organization_id};
    struct account_row *rows = NULL;
    int64_t count = db_query_all(call->db, &account_sql_list, &params, call->arena, (void **)&rows, err);

    *out = count > 0 ? arena_alloc(call->arena, (size_t)count * sizeof(**out)) : NULL;
    for (int64_t i = 0; i < count; i++)
        (*out)[i] = rows[i].account;
    return count;
}
