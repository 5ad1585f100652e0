#include "domain/access/hints.h"
#include "domain/access/idempotency.h"
#include "domain/events/event.h"
#include "domain/name.h"
#include "organization_event.h"
#include "organization_private.h"
#include "subscription.h"

/* Guesses the owner of a new organization: nearly always the caller, whose account the access token names or the worker
 * remembers. The transaction checks the guess and the credential. */
static bool guess_owner(const struct organization_input *input, struct organization_write *write)
{
    const struct credential *credential = &write->call->caller.credential;
    struct id *owner_id = &write->params.organization.owner_id;

    *owner_id = *guess_account(credential);
    if (input->given.id || input->given.owner_id || id_is_nil(owner_id))
        return false;
    write->params.caller = *credential;
    return true;
}

/* Finds the caller and the owner. The transaction checks whether that owner may have one more organization. */
static int check_may_create(const struct organization_input *input, struct organization_write *write, struct error *err)
{
    struct principal *caller = &write->before.access.principal;
    struct id *owner_id = &write->params.organization.owner_id;

    if (access_identify(write->call, caller, err) < 0)
        return -1;
    guess_to_note(&write->call->caller.credential.id)->account_id = caller->account_id;
    *owner_id = input->given.owner_id ? input->value.owner_id : caller->account_id;
    if (input->given.id && !caller->is_superuser)
        return error_set(err, ERR_FORBIDDEN, "Only a superuser may choose the id of an organization.");
    if (!id_equal(owner_id, &caller->account_id) && !caller->is_superuser)
        return error_set(err, ERR_FORBIDDEN, "Only a superuser may create an organization for another user.");
    return 0;
}

static int plan_creation(struct db_unit *unit, void *context, struct error *err)
{
    const struct organization_write *write = context;
    const struct organization *organization = &write->params.organization;
    bool is_guess = !id_is_nil(&write->params.caller.id);
    const struct id *account_id = is_guess ? &organization->owner_id : &write->before.access.principal.account_id;

    (void)err;
    idempotency_keep(unit, write->call, account_id, organization);
    db_unit_require(unit,
                    is_guess ? caller_statement(organization_sql_take_own, &write->params.caller)
                             : &organization_sql_take_ownership,
                    &write->params, ERR_LIMIT, ORGANIZATION_TOO_MANY);
    if (write->input->given.id)
        db_unit_require(unit, &organization_sql_insert_chosen, &write->params, ERR_EXISTS, ORGANIZATION_ID_IS_TAKEN);
    else
        db_unit_add(unit, &organization_sql_insert, &write->params);
    db_unit_add(unit, &organization_sql_insert_owner, &write->params);
    organization_record_creation(unit, write->call, account_id, is_guess, !write->input->given.id, organization);
    return 0;
}

static int insert(struct organization_write *write, struct organization *out, struct error *err)
{
    const struct call *call = write->call;
    struct db_work work = {.plan = plan_creation, .context = write};

    if (event_transaction(call, &work, err) < 0)
        return err->kind == ERR_EXISTS ? organization_explain_duplicate(call->db, err) : -1;
    *out = write->params.organization;
    return 0;
}

/* Asks again, one by one, what the guess asked at once, to find the reason of the refusal. */
static int insert_checked(const struct organization_input *input, struct organization_write *write,
                          struct organization *out, struct error *err)
{
    const struct id *owner_id = &write->params.organization.owner_id;

    write->params.caller = (struct credential){.id = {{0}}};
    if (check_may_create(input, write, err) < 0)
        return -1;
    if (insert(write, out, err) == 0)
        return 0;
    if (err->kind != ERR_LIMIT)
        return -1;
    return organization_explain_limit(write->call, owner_id,
                                      id_equal(owner_id, &write->before.access.principal.account_id), err);
}

int organization_create(const struct call *call, const struct organization_input *input, struct organization *out,
                        struct error *err)
{
    struct organization_write write = {
        .call = call,
        .input = input,
        .params.organization = input->value,
        .params.name_key = name_key(call->arena, input->value.name),
        .params.default_limit = call->config->max_organizations_per_user,
    };
    struct organization *organization = &write.params.organization;

    if (!input->given.id)
        organization->id = id_new(call->now);
    organization->revision = 1;
    organization->created = organization->updated = call->now;
    subscription_start(call, &organization->subscription_status, &organization->trial_end);
    if (guess_owner(input, &write)) {
        int result = insert(&write, out, err);

        if (result == 0)
            actor_note(call->actor, &out->owner_id, &call->caller.credential.id);
        if (result == 0 || err->kind != ERR_LIMIT)
            return result;
    }
    return insert_checked(input, &write, out, err);
}
