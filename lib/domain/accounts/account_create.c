/* How accounts come to be. */
#include <string.h>

#include "account_event.h"
#include "account_private.h"
#include "base/text.h"
#include "domain/access/access.h"
#include "domain/address.h"
#include "domain/name.h"

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

int account_check_details(const struct account *account, struct error *err)
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

/* Whoever it was may have lost it meanwhile. */
static int refuse_address(const struct call *call, const struct account_params *params, struct error *err)
{
    struct account_row row = {.account.name = TEXT("another account")};

    if (!access_is_operator(call))
        return error_set(err, ERR_EXISTS, "Another user has this address, verified.");
    if (db_query_one(call->db, &account_sql_find_by_address, params, call->arena, &row, err) < 0)
        return -1;
    return error_set(err, ERR_EXISTS,
                     "the address %s is a verified one of '%s' already; change it there first, or add "
                     "--email-unverified",
                     params->account.email.data, row.account.name.data);
}

int account_refuse_duplicate(const struct call *call, const struct account_params *params, struct error *err)
{
    if (account_address_is_taken(call))
        return refuse_address(call, params, err);
    if (!access_is_operator(call))
        return error_set(err, ERR_EXISTS, "A %s with this name exists already.",
                         params->account.is_service ? "service account of the organization" : "user");
    return error_set(err, ERR_EXISTS, "a %s named '%s' exists already",
                     params->account.is_service ? "service account of this organization" : "user",
                     params->account.name.data);
}

void account_plan_creation(struct db_unit *unit, const struct account_params *account)
{
    if (account->account.is_service)
        db_unit_require(unit, &account_sql_insert_service, account, ERR_FORBIDDEN,
                        "The organization has as many service accounts as it may; delete some.");
    else
        db_unit_add(unit, &account_sql_insert, account);
    if (account->account.is_superuser)
        db_unit_add(unit, &account_sql_set_superuser, account);
    if (account_has_profile(&account->account))
        db_unit_add(unit, &account_sql_set_profile, account);
}

const struct account *account_prepared(const struct account_params *account)
{
    return &account->account;
}

/* The creation of a user by an operator. */
struct creation {
    const struct call *call;
    struct account_params params;
};

static int plan_user(struct db_unit *unit, void *context, struct error *err)
{
    const struct creation *creation = context;

    (void)err;
    account_plan_creation(unit, &creation->params);
    account_record(unit, creation->call, &account_created, NULL, &creation->params.account);
    return 0;
}

/* Fills in the rest of a new account. */
static int prepare(const struct call *call, struct account_params *params, struct error *err)
{
    struct name name;

    if (name_accept(call->arena, params->account.name, ACCOUNT_NAME_LENGTH_MAX, &name, err) < 0 ||
        account_check_details(&params->account, err) < 0)
        return -1;
    params->account.id = id_new(call->now);
    params->account.name = name.text;
    params->account.email_verified &= params->account.email.data != NULL;
    if (account_check_name(call, NULL, &params->account, err) < 0)
        return -1;
    params->account.revision = 1;
    params->account.created = params->account.updated = call->now;
    params->name_key = name.key;
    params->email_key = address_key(call->arena, params->account.email, params->account.email_verified);
    params->now = call->now;
    return 0;
}

int account_create_user(const struct call *call, const struct account *user, struct id *out, struct error *err)
{
    struct creation creation = {.call = call, .params.account = *user};
    struct account_params *params = &creation.params;
    struct db_work work = {.plan = plan_user, .context = &creation};

    params->account.is_active = true;
    if (prepare(call, params, err) < 0)
        return -1;
    if (event_transaction(call, &work, err) == 0) {
        *out = params->account.id;
        return 0;
    }
    return err->kind == ERR_EXISTS ? account_refuse_duplicate(call, params, err) : -1;
}

int account_prepare(const struct call *call, const struct account *account, const struct account_params **out,
                    struct error *err)
{
    struct account_params *params = arena_zalloc(call->arena, sizeof(*params));

    *params = (struct account_params){.account = *account};
    *out = params;
    return prepare(call, params, err);
}
