#include "base/text.h"
#include "domain/events/event.h"
#include "domain/name.h"
#include "holder.h"
#include "organization_event.h"
#include "organization_private.h"

/* Updating and deleting. The row is read without a lock, and written on condition of its revision. Whoever comes second
 * starts again, and then waits for the row, so that its turn comes. */

static bool is_transfer(const struct organization_write *write)
{
    return write->input != NULL && write->input->given.owner_id &&
           !id_equal(&write->input->value.owner_id, &write->before.organization.owner_id);
}

/* A client may know the entity tag of the organization with its subscription status, but a change is only about the
 * organization itself. */
static int check_precondition(const struct organization_write *write, struct error *err)
{
    char etag[ORGANIZATION_ETAG_SIZE];

    organization_etag(&write->before.organization, false, write->call->now, etag);
    return precondition_check(write->precondition, etag, "organization", err);
}

static int see_for_write(const struct db_unit *unit, struct organization_write *write, enum permission permission,
                         struct error *err)
{
    struct organization_state_row state;

    if (unit->locks && organization_read_state(write, &state, err) < 0)
        return -1;
    if (organization_see(write->call, &write->params.organization.id, permission, &write->before, err) < 0)
        return -1;
    if (is_transfer(write) && !standing_may_transfer(&write->before.access.standing))
        return error_set(err, ERR_FORBIDDEN, "Only the owner or a superuser may transfer an organization.");
    write->params.previous_revision = write->before.organization.revision;
    write->params.actor_id = write->before.access.principal.account_id;
    write->params.bits = permission_bits(permission);
    write->params.is_superuser = write->before.access.standing.is_superuser;
    return check_precondition(write, err);
}

/* Adds the statement that changes the row. */
static void expect(struct db_unit *unit, const struct organization_write *write,
                   const struct db_statement *const *statements, const struct db_statement *as_operator)
{
    const struct db_statement *statement =
        access_is_operator(write->call) ? as_operator : caller_statement(statements, &write->params.caller);

    db_unit_expect(unit, statement, &write->params);
}

/* A superuser may give it to whomever; the owner to a member. */
static int check_new_owner(const struct organization_write *write, struct error *err)
{
    static const struct id no_role = {{0}};
    const struct holder holder = {.kind = HOLDER_ACCOUNT, .id = write->input->value.owner_id};
    struct holder_state state = {.is_member = false};

    if (write->params.is_superuser)
        return 0;
    if (holder_read(write->call, &write->params.organization.id, &no_role, &holder, &state, err) < 0 &&
        err->kind != ERR_NOT_FOUND)
        return -1;
    if (state.is_member)
        return 0;
    return organization_refuse_owner(write->call, &holder.id, "the new owner must be a member of the organization",
                                     err);
}

static int read_owner(const struct call *call, struct id id, struct event_party *out, struct error *err)
{
    struct organization_params params = {.organization.owner_id = id};
    struct organization_owner_name_row row = {.name = {NULL, 0}};

    if (db_query_one(call->db, &organization_sql_owner_name, &params, call->arena, &row, err) < 0)
        return -1;
    *out = (struct event_party){id, row.name};
    return 0;
}

static int read_owners(const struct organization_write *write, struct organization_transfer *out, struct error *err)
{
    return read_owner(write->call, write->before.organization.owner_id, &out->from, err) < 0 ||
                   read_owner(write->call, write->input->value.owner_id, &out->to, err) < 0
               ? -1
               : 0;
}

#define NO_SUBSCRIPTION()

static void apply(const struct organization_input *input, struct organization *organization)
{
#define APPLY(member, type, use) APPLY_##use(member)
#define APPLY_KEY(member)
#define APPLY_SHOWN(member)
#define APPLY_INNER(member)
#define APPLY_PATCHED(member)                                                                                          \
    if (input->given.member)                                                                                           \
        organization->member = input->value.member;
    ORGANIZATION_FIELDS(APPLY, NO_SUBSCRIPTION)
}

static bool has_changed(const struct organization *a, const struct organization *b)
{
#define SAME(member, type, use) SAME_##use(member, type)
#define SAME_KEY(member, type)
#define SAME_SHOWN(member, type)
#define SAME_INNER(member, type)
#define SAME_PATCHED(member, type) &&SAME_##type(a->member, b->member)
#define SAME_TEXT(left, right) text_is_same(left, right)
#define SAME_JSON(left, right) text_is_same(left, right)
#define SAME_ID(left, right) id_equal(&(left), &(right))
    return !(true ORGANIZATION_FIELDS(SAME, NO_SUBSCRIPTION));
}

static int plan_update(struct db_unit *unit, void *context, struct error *err)
{
    struct organization_write *write = context;
    struct organization *organization = &write->params.organization;
    struct organization_transfer transfer;
    struct organization_params old_owner;

    if (see_for_write(unit, write, PERMISSION_ORGANIZATION_UPDATE, err) < 0 ||
        (is_transfer(write) && (check_new_owner(write, err) < 0 || read_owners(write, &transfer, err) < 0)))
        return -1;
    *organization = write->before.organization;
    apply(write->input, organization);
    if (!has_changed(organization, &write->before.organization))
        return 0;
    write->params.name_key = name_key(write->call->arena, organization->name);
    organization->revision++;
    organization->updated.us =
        write->call->now.us > organization->updated.us ? write->call->now.us : organization->updated.us + 1;
    if (is_transfer(write))
        db_unit_require(unit, &organization_sql_take_ownership, &write->params, ERR_LIMIT, ORGANIZATION_TOO_MANY);
    organization_record_update(unit, write->call, &write->before.access.principal.account_id,
                               &write->before.organization, organization, is_transfer(write) ? &transfer : NULL);
    expect(unit, write, organization_sql_update, &organization_sql_update_as_operator);
    if (is_transfer(write)) {
        /* Only of an organization that is still there. */
        db_unit_add(unit, &organization_sql_make_owner_admin, &write->params);
        old_owner = (struct organization_params){.organization.owner_id = write->before.organization.owner_id};
        db_unit_add(unit, &organization_sql_drop_ownership, &old_owner);
    }
    return 0;
}

int organization_update(const struct call *call, const struct id *id, const struct organization_input *input,
                        const struct precondition *precondition, struct organization *out, struct error *err)
{
    struct organization_write write = {
        .call = call,
        .input = input,
        .precondition = precondition,
        .params.caller = call->caller.credential,
        .params.organization.id = *id,
        .params.default_limit = call->config->max_organizations_per_user,
    };
    struct db_work work = {.plan = plan_update, .context = &write};

    if (event_transaction(call, &work, err) < 0) {
        if (err->kind == ERR_LIMIT)
            return organization_explain_limit(call, &input->value.owner_id, false, err);
        return err->kind == ERR_EXISTS ? organization_explain_duplicate(call->db, err) : -1;
    }
    *out = write.params.organization;
    return 0;
}

static int plan_deletion(struct db_unit *unit, void *context, struct error *err)
{
    struct organization_write *write = context;

    if (see_for_write(unit, write, PERMISSION_ORGANIZATION_DELETE, err) < 0)
        return -1;
    write->params.organization.owner_id = write->before.organization.owner_id;
    write->params.organization.updated = write->call->now;
    organization_record_deletion(unit, write->call, &write->before.access.principal.account_id,
                                 &write->before.organization);
    expect(unit, write, organization_sql_end, &organization_sql_end_as_operator);
    db_unit_add(unit, &organization_sql_end_memberships, &write->params);
    db_unit_add(unit, &organization_sql_drop_ownership, &write->params);
    return 0;
}

int organization_delete(const struct call *call, const struct id *id, const struct precondition *precondition,
                        struct error *err)
{
    struct organization_write write = {
        .call = call,
        .precondition = precondition,
        .params.caller = call->caller.credential,
        .params.organization.id = *id,
    };
    struct db_work work = {.plan = plan_deletion, .context = &write};

    return event_transaction(call, &work, err);
}
