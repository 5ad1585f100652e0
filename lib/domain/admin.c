#include "admin.h"

#include "admin_sql.h"
#include "base/text.h"
#include "domain/access/secret.h"

static const struct text account_kinds[] = {[ADMIN_USER] = TEXT("user"), [ADMIN_SERVICE] = TEXT("service")};
static const char *const account_words[] = {[ADMIN_USER] = "user", [ADMIN_SERVICE] = "service account"};

static const struct {
    struct text name;
    const char *prefix;
    const char *word;
} credential_kinds[] = {
    [ADMIN_API_KEY] = {TEXT("api_key"), SECRET_PREFIX_API_KEY, "key"},
    [ADMIN_PERSONAL_TOKEN] = {TEXT("personal_token"), SECRET_PREFIX_PERSONAL_TOKEN, "token"},
};

/* One or two statements that belong together. */
struct change {
    const struct db_statement *first;
    const struct db_statement *second; /* may be NULL; not run if the first changed nothing */
    const void *params;
    int64_t changed; /* by the first */
};

static int run_change(struct db *db, void *context, struct error *err)
{
    struct change *change = context;

    change->changed = db_execute(db, change->first, change->params, err);
    if (change->changed < 0)
        return -1;
    if (change->changed == 0 || change->second == NULL)
        return 0;
    return db_execute(db, change->second, change->params, err) < 0 ? -1 : 0;
}

/* Returns how many rows the first statement changed. */
static int64_t apply(const struct call *call, const struct db_statement *first, const struct db_statement *second,
                     const void *params, struct error *err)
{
    struct change change = {.first = first, .second = second, .params = params};
    struct db_work work = {.run = run_change, .context = &change};

    return db_transaction(call->db, &work, err) < 0 ? -1 : change.changed;
}

/* Accounts */

static int check_account_name(struct text name, struct error *err)
{
    struct id id;

    if (!text_is_utf8(name) || text_length(name) < 1 || text_length(name) > 64)
        return error_set(err, ERR_VALIDATION, "a name has 1 to 64 characters, in UTF-8");
    if (text_has_control(name) || text_has_outer_space(name))
        return error_set(err, ERR_VALIDATION, "a name has no control characters, and no white space at its ends");
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
        return error_set(err, ERR_VALIDATION, "%s has at most %zu characters, in UTF-8, and no control characters",
                         what, maximum);
    return 0;
}

static int check_details(const struct admin_account *account, struct error *err)
{
    if (check_detail("an email address", account->email, 254, err) < 0)
        return -1;
    return check_detail("a full name", account->full_name, 200, err);
}

static int create_account(const struct call *call, struct admin_account_params *params,
                          const struct db_statement *second, struct id *out, struct error *err)
{
    if (check_account_name(params->account.name, err) < 0 || check_details(&params->account, err) < 0)
        return -1;
    params->account.id = id_new(call->now);
    params->account.name = text_nfc(call->arena, params->account.name);
    params->name_key = text_fold(call->arena, params->account.name);
    params->now = call->now;
    if (apply(call, &admin_sql_account_insert, second, params, err) < 0)
        return err->kind == ERR_EXISTS
                   ? error_set(err, ERR_EXISTS, "an account named '%s' exists already", params->account.name.data)
                   : -1;
    *out = params->account.id;
    return 0;
}

int admin_user_create(const struct call *call, const struct admin_account *user, struct id *out, struct error *err)
{
    struct admin_account_params params = {.account = *user, .kind = account_kinds[ADMIN_USER]};

    return create_account(call, &params, NULL, out, err);
}

int admin_service_create(const struct call *call, const struct admin_account *service, enum role role, struct id *out,
                         struct error *err)
{
    struct admin_account_params params = {
        .account = *service,
        .kind = account_kinds[ADMIN_SERVICE],
        .role = text_of(role_name(role)),
    };

    return create_account(call, &params, &admin_sql_service_member, out, err);
}

int admin_account_find(const struct call *call, enum admin_account_kind kind, const char *name,
                       struct admin_account *out, struct error *err)
{
    struct admin_account_params params = {.kind = account_kinds[kind]};
    int found = 0;

    if (text_is_utf8(text_of(name))) {
        params.name_key = text_fold(call->arena, text_of(name));
        found = db_query_one(call->db, &admin_sql_account_find, &params, call->arena, out, err);
    }
    return found > 0   ? 0
           : found < 0 ? -1
                       : error_set(err, ERR_NOT_FOUND, "there is no %s named '%s'", account_words[kind], name);
}

int64_t admin_account_list(const struct call *call, enum admin_account_kind kind, const struct id *organization_id,
                           struct admin_account **out, struct error *err)
{
    struct admin_account_params params = {.kind = account_kinds[kind], .account.organization_id = *organization_id};
    void *rows = NULL;
    int64_t count = db_query_all(call->db, &admin_sql_account_list, &params, call->arena, &rows, err);

    *out = rows;
    return count;
}

int admin_account_update(const struct call *call, const struct admin_account *account, struct error *err)
{
    struct admin_account_params params = {.account = *account, .now = call->now};

    if (check_details(account, err) < 0)
        return -1;
    return apply(call, &admin_sql_account_update, NULL, &params, err) < 0 ? -1 : 0;
}

int admin_account_set_active(const struct call *call, const struct id *id, bool is_active, struct error *err)
{
    struct admin_account_params params = {.account = {.id = *id, .is_active = is_active}, .now = call->now};

    return apply(call, &admin_sql_account_set_active, NULL, &params, err) < 0 ? -1 : 0;
}

int admin_service_delete(const struct call *call, const struct id *id, struct error *err)
{
    struct admin_account_params params = {.account.id = *id};

    return apply(call, &admin_sql_service_delete, NULL, &params, err) < 0 ? -1 : 0;
}

/* Credentials */

int admin_credential_create(const struct call *call, enum admin_credential_kind kind, const struct id *account_id,
                            const char *name, char secret[SECRET_TEXT_SIZE], struct error *err)
{
    struct admin_credential_params params = {
        .id = id_new(call->now),
        .account_id = *account_id,
        .kind = credential_kinds[kind].name,
        .now = call->now,
    };
    char id[ID_TEXT_SIZE];
    int64_t inserted;

    id_format(&params.id, id);
    params.name =
        text_of(name != NULL ? name : arena_printf(call->arena, "%s-%s", credential_kinds[kind].word, id + 24));
    if (check_account_name(params.name, err) < 0)
        return -1;
    params.secret = secret_make(credential_kinds[kind].prefix, &params.id, secret);
    inserted = apply(call, &admin_sql_credential_insert, NULL, &params, err);
    if (inserted == 0)
        return error_set(err, ERR_NOT_FOUND, "the account is gone");
    if (inserted < 0)
        return err->kind == ERR_EXISTS ? error_set(err, ERR_EXISTS, "the account has a %s named '%s' already",
                                                   credential_kinds[kind].word, params.name.data)
                                       : -1;
    return 0;
}

int64_t admin_credential_list(const struct call *call, const struct id *account_id, struct admin_credential **out,
                              struct error *err)
{
    struct admin_credential_params params = {.account_id = *account_id};
    void *rows = NULL;
    int64_t count = db_query_all(call->db, &admin_sql_credential_list, &params, call->arena, &rows, err);

    *out = rows;
    return count;
}

static int change_credential(const struct call *call, enum admin_credential_kind kind,
                             const struct db_statement *statement, struct admin_credential_params *params,
                             struct error *err)
{
    int64_t changed;

    params->kind = credential_kinds[kind].name;
    params->now = call->now;
    changed = apply(call, statement, NULL, params, err);
    if (changed == 0)
        return error_set(err, ERR_NOT_FOUND, "there is no %s with this id, or nothing to change about it",
                         credential_kinds[kind].word);
    return changed < 0 ? -1 : 0;
}

int admin_key_rotate(const struct call *call, const struct id *id, struct timestamp retained_until,
                     char secret[SECRET_TEXT_SIZE], struct error *err)
{
    struct admin_credential_params params = {.id = *id, .retained_until = retained_until};

    params.secret = secret_make(SECRET_PREFIX_API_KEY, id, secret);
    return change_credential(call, ADMIN_API_KEY, &admin_sql_key_rotate, &params, err);
}

int admin_credential_set_active(const struct call *call, enum admin_credential_kind kind, const struct id *id,
                                bool is_active, struct error *err)
{
    struct admin_credential_params params = {.id = *id, .is_active = is_active};

    return change_credential(call, kind, &admin_sql_credential_set_active, &params, err);
}

int admin_credential_delete(const struct call *call, enum admin_credential_kind kind, const struct id *id,
                            struct error *err)
{
    struct admin_credential_params params = {.id = *id};

    return change_credential(call, kind, &admin_sql_credential_delete, &params, err);
}

/* Organizations and memberships */

int admin_organization_find(const struct call *call, const char *id_or_name, struct admin_organization *out,
                            struct error *err)
{
    struct admin_organization_params params = {0};
    int found = 0;

    if (text_is_utf8(text_of(id_or_name))) {
        if (!id_parse(text_of(id_or_name), &params.id))
            params.name_key = text_fold(call->arena, text_of(id_or_name));
        found = db_query_one(call->db, &admin_sql_organization_find, &params, call->arena, out, err);
    }
    return found > 0 ? 0 : found < 0 ? -1 : error_set(err, ERR_NOT_FOUND, "there is no organization '%s'", id_or_name);
}

int64_t admin_organization_list(const struct call *call, struct admin_organization **out, struct error *err)
{
    void *rows = NULL;
    int64_t count = db_query_all(call->db, &admin_sql_organization_list, NULL, call->arena, &rows, err);

    *out = rows;
    return count;
}

int admin_organization_delete(const struct call *call, const struct admin_organization *organization, struct error *err)
{
    struct admin_organization_params params = {
        .id = organization->id,
        .account_id = organization->owner_id,
        .revision = organization->revision,
    };
    int64_t deleted = apply(call, &admin_sql_organization_delete, &admin_sql_organization_drop_owner, &params, err);

    if (deleted == 0)
        return error_set(err, ERR_PRECONDITION,
                         "the organization has just been changed by somebody else; look at it again");
    return deleted < 0 ? -1 : 0;
}

int admin_member_set(const struct call *call, const struct id *organization_id, const struct id *account_id,
                     enum role role, struct error *err)
{
    struct admin_organization_params params = {
        .id = *organization_id,
        .account_id = *account_id,
        .role = text_of(role_name(role)),
    };
    struct admin_member *members;
    int64_t count = admin_member_list(call, organization_id, &members, err);

    for (int64_t i = 0; i < count; i++)
        if (members[i].is_owner && id_equal(&members[i].id, account_id) && role != ROLE_ADMIN)
            return error_set(
                err, ERR_FORBIDDEN,
                "the owner of an organization is an admin of it and stays so; transfer the ownership first");
    return count < 0 || apply(call, &admin_sql_member_set, NULL, &params, err) < 0 ? -1 : 0;
}

int64_t admin_member_list(const struct call *call, const struct id *organization_id, struct admin_member **out,
                          struct error *err)
{
    struct admin_organization_params params = {.id = *organization_id};
    void *rows = NULL;
    int64_t count = db_query_all(call->db, &admin_sql_member_list, &params, call->arena, &rows, err);

    *out = rows;
    return count;
}

int admin_member_remove(const struct call *call, const struct id *organization_id, const struct id *account_id,
                        struct error *err)
{
    struct admin_organization_params params = {.id = *organization_id, .account_id = *account_id};
    int64_t removed = apply(call, &admin_sql_member_remove, NULL, &params, err);

    if (removed == 0)
        return error_set(err, ERR_NOT_FOUND, "the user is not a member, or is the owner, who stays one");
    return removed < 0 ? -1 : 0;
}

int admin_subscription_set(const struct call *call, const struct id *organization_id, const char *status,
                           struct timestamp trial_end, struct error *err)
{
    struct admin_organization_params params = {
        .id = *organization_id,
        .status = text_of(status),
        .trial_end = trial_end,
    };

    return apply(call, &admin_sql_subscription_set, NULL, &params, err) < 0 ? -1 : 0;
}
