/* Creating, changing and ending service accounts. Each locks the head of the organization first, so that nothing that
 * it reads changes meanwhile: who asks, what is in a role, and what the service account has. */
#include "domain/access/idempotency.h"
#include "domain/accounts/account_event.h"
#include "domain/accounts/account_sql.h"
#include "domain/accounts/user.h"
#include "head.h"
#include "member_private.h"
#include "role_private.h"
#include "service_account_private.h"

/* A write within its transaction. */
struct service_account_write {
    const struct call *call;
    const struct id *organization_id;
    struct text id_or_username;
    const struct service_account_input *input;
    const struct precondition *precondition;
    struct account_params params; /* what it becomes */
};

/* Creating */

/* Reads the role that it is to have. Who gives it must have all that is in it. */
static int read_role(const struct service_account_write *write, const struct access *access, struct any_role *out,
                     struct error *err)
{
    const struct id *role_id = &write->input->role_id;
    struct role_seen seen;
    bool is_found;

    *out = (struct any_role){.mask = 0};
    if (id_is_nil(role_id))
        return 0;
    is_found = role_see(write->call, role_id, PERMISSION_ORGANIZATION_READ, &seen, err) == 0;
    if (!is_found && err->kind != ERR_NOT_FOUND)
        return -1;
    if (!is_found || !id_equal(&seen.role.organization_id, write->organization_id))
        return error_set(err, ERR_NOT_FOUND, "There is no such role in this organization.");
    *out = seen.role;
    return access_demand(access, out->mask, err);
}

static int plan_creation(struct db_unit *unit, void *context, struct error *err)
{
    struct service_account_write *write = context;
    struct account *account = &write->params.account;
    struct organization_seen seen;
    struct any_role role;
    struct event event;

    if (head_enter(write->call, write->organization_id, PERMISSION_SERVICE_ACCOUNT_CREATE, &seen, err) < 0 ||
        read_role(write, &seen.access, &role, err) < 0)
        return -1;
    account->organization = seen.organization.name;
    account->role = role_short_name(&role);
    idempotency_keep(unit, write->call, &seen.access.principal.account_id, account);
    account_plan_creation(unit, &write->params);
    if (!id_is_nil(&role.id))
        member_begin(unit, &role, &account->id);
    event = account_event(write->call, &account_created, NULL, account);
    event.actor = event_caller(write->call, &seen.access.principal.account_id);
    event_add(unit, write->call, &event);
    return 0;
}

int service_account_create(const struct call *call, const struct id *organization_id,
                           const struct service_account_input *input, struct account *out, struct error *err)
{
    struct service_account_write write = {.call = call, .organization_id = organization_id, .input = input};
    struct db_work work = {.plan = plan_creation, .locks = true, .context = &write};
    struct account wanted = input->change.value;
    const struct account_params *prepared;

    wanted.is_service = wanted.is_active = true;
    wanted.organization_id = *organization_id;
    if (account_prepare(call, &wanted, &prepared, err) < 0)
        return -1;
    write.params = *prepared;
    write.params.maximum = SERVICE_ACCOUNT_MAX;
    if (event_transaction(call, &work, err) < 0)
        return err->kind == ERR_EXISTS ? account_refuse_duplicate(call, &write.params, err) : -1;
    *out = write.params.account;
    return 0;
}

/* Changing and ending */

/* Reads it behind the lock. Who changes it acts on all that it may do. */
static int see_for_write(const struct service_account_write *write, enum permission permission,
                         struct service_account_seen *out, struct error *err)
{
    char etag[USER_ETAG_SIZE];

    if (head_lock(write->call, write->organization_id, err) < 0 ||
        service_account_see(write->call, write->organization_id, write->id_or_username, permission, out, err) < 0 ||
        access_demand(&out->access, out->mask, err) < 0)
        return -1;
    user_etag(&out->account, etag);
    return precondition_check(write->precondition, etag, "service account", err);
}

static int plan_update(struct db_unit *unit, void *context, struct error *err)
{
    struct service_account_write *write = context;
    struct service_account_seen before;
    struct event_actor actor;

    if (see_for_write(write, PERMISSION_SERVICE_ACCOUNT_UPDATE, &before, err) < 0)
        return -1;
    actor = event_caller(write->call, &before.access.principal.account_id);
    write->params = (struct account_params){.account = before.account};
    account_apply(write->call, &write->input->change, true, &write->params.account);
    return account_plan_change(unit, write->call, &actor, &before.account, &write->params, err);
}

int service_account_update(const struct call *call, const struct id *organization_id, struct text id_or_username,
                           const struct service_account_input *input, const struct precondition *precondition,
                           struct account *out, struct error *err)
{
    struct service_account_write write = {
        .call = call,
        .organization_id = organization_id,
        .id_or_username = id_or_username,
        .input = input,
        .precondition = precondition,
    };
    struct db_work work = {.plan = plan_update, .locks = true, .context = &write};

    if (event_transaction(call, &work, err) < 0)
        return err->kind == ERR_EXISTS ? account_refuse_duplicate(call, &write.params, err) : -1;
    *out = write.params.account;
    return 0;
}

static int plan_deletion(struct db_unit *unit, void *context, struct error *err)
{
    struct service_account_write *write = context;
    struct service_account_seen before;
    struct event_actor actor;

    if (see_for_write(write, PERMISSION_SERVICE_ACCOUNT_DELETE, &before, err) < 0)
        return -1;
    actor = event_caller(write->call, &before.access.principal.account_id);
    account_plan_end(unit, write->call, &actor, &before.account);
    return 0;
}

int service_account_delete(const struct call *call, const struct id *organization_id, struct text id_or_username,
                           const struct precondition *precondition, struct error *err)
{
    struct service_account_write write = {
        .call = call,
        .organization_id = organization_id,
        .id_or_username = id_or_username,
        .precondition = precondition,
    };
    struct db_work work = {.plan = plan_deletion, .locks = true, .context = &write};

    return event_transaction(call, &work, err);
}
