#include "organization.h"

#include <string.h>

#include "base/text.h"
#include "db/db_unit.h"
#include "domain/access/hints.h"
#include "organization_sql.h"
#include "subscription.h"

static int explain_duplicate(const struct db *db, struct error *err)
{
    bool is_name = strstr(db_duplicate_key(db), "name") != NULL;

    return error_set(err, ERR_EXISTS,
                     is_name ? "An organization with this name exists already."
                             : "An organization with this id exists already.");
}

/* Reading one organization */

struct seen {
    struct access access;
    struct organization organization;
};

/* Reads caller and organization at once, and checks the caller's permission. */
static int see(const struct call *call, const struct db_statement *statement, const struct organization_params *params,
               enum permission permission, struct seen *out, struct error *err)
{
    struct organization_row row;
    struct access_row access;
    int found;

    if (access_is_operator(call))
        statement = &organization_sql_get_as_operator;
    found = db_query_one(call->db, statement, params, call->arena, &row, err);
    if (found < 0)
        return -1;
    if (found > 0) {
        access = (struct access_row){row.caller, row.organization.id, row.organization.owner_id, row.role};
        out->organization = row.organization;
    }
    return access_judge(call, found == 0 ? NULL : &access, permission, &out->access, err);
}

static int see_by_id(const struct call *call, const struct id *id, enum permission permission, struct seen *out,
                     struct error *err)
{
    struct organization_params params = {.caller = call->caller.credential, .organization.id = *id};

    return see(call, &organization_sql_get_by_id, &params, permission, out, err);
}

/* Returns the key of a name that a client asks for. A text that cannot be a name gets a key that no organization
 * has. */
static struct text key_of(const struct call *call, struct text name)
{
    return text_is_utf8(name) ? text_fold(call->arena, name) : TEXT("");
}

int organization_get(const struct call *call, struct text id_or_name, struct organization *out, struct error *err)
{
    struct organization_params params = {.caller = call->caller.credential};
    const struct db_statement *statement = &organization_sql_get_by_id;
    struct seen seen;

    if (!id_parse(id_or_name, &params.organization.id)) {
        params.name_key = key_of(call, id_or_name);
        statement = &organization_sql_get_by_name;
    }
    if (see(call, statement, &params, PERMISSION_ORGANIZATION_READ, &seen, err) < 0)
        return -1;
    *out = seen.organization;
    return 0;
}

int organization_summarize(const struct call *call, const char *id_or_name, struct organization_summary *out,
                           struct error *err)
{
    struct organization_params params = {.name_key = {NULL, 0}};
    int found;

    if (!id_parse(text_of(id_or_name), &params.organization.id))
        params.name_key = key_of(call, text_of(id_or_name));
    found = db_query_one(call->db, &organization_sql_summary, &params, call->arena, out, err);
    if (found == 0)
        return error_set(err, ERR_NOT_FOUND, "there is no organization '%s'", id_or_name);
    return found < 0 ? -1 : 0;
}

int64_t organization_summarize_all(const struct call *call, struct organization_summary **out, struct error *err)
{
    return db_query_all(call->db, &organization_sql_summaries, NULL, call->arena, (void **)out, err);
}

/* Owners */

static int refuse_owner(const struct call *call, const struct id *owner_id, struct error *err)
{
    char text[ID_TEXT_SIZE];
    json_t *input;

    id_format(owner_id, text);
    input = faults_input(text_of(text));
    faults_add_value_error(call->faults, LOCATION_IN(LOCATION("body"), "owner_id"),
                           "the owner must be an active human user", input);
    json_decref(input);
    return faults_result(call->faults, err);
}

#define TOO_MANY "The owner already owns as many organizations as allowed."

/* Says why this owner may not have one more. */
static int explain_limit(const struct call *call, const struct id *owner_id, bool is_caller, struct error *err)
{
    struct organization_params params = {.organization.owner_id = *owner_id};
    struct organization_owner_row row = {.may_own = false};

    if (db_query_one(call->db, &organization_sql_owner, &params, call->arena, &row, err) < 0)
        return -1;
    if (row.is_service && is_caller)
        return error_set(err, ERR_FORBIDDEN, "A service account cannot create an organization.");
    return row.may_own ? error_set(err, ERR_LIMIT, TOO_MANY) : refuse_owner(call, owner_id, err);
}

/* A write within its transaction. */
struct write {
    const struct call *call;
    const struct organization_input *input;
    const struct precondition *precondition;
    struct seen before;
    struct organization_params params;
};

/* Reads the row. Returns 1, 0 if there is none, or -1. Locks the row if the transaction has been started. */
static int read_state(const struct write *write, struct organization_state_row *row, struct error *err)
{
    return db_query_one(write->call->db, &organization_sql_state, &write->params, write->call->arena, row, err);
}

/* Creating */

/* Guesses the owner of a new organization: nearly always the caller, whose account the access token names or the worker
 * remembers. The transaction checks the guess and the credential. */
static bool guess_owner(const struct organization_input *input, struct write *write)
{
    const struct credential *credential = &write->call->caller.credential;
    struct id *owner_id = &write->params.organization.owner_id;

    *owner_id = credential->is_token ? credential->account_id : guess_about(&credential->id)->account_id;
    if (input->given.id || input->given.owner_id || id_is_nil(owner_id))
        return false;
    write->params.caller = *credential;
    return true;
}

/* Finds the caller and the owner. The transaction checks whether that owner may have one more organization. */
static int check_may_create(const struct organization_input *input, struct write *write, struct error *err)
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
    const struct write *write = context;
    bool is_guess = !id_is_nil(&write->params.caller.id);

    (void)err;
    db_unit_require(unit, is_guess ? &organization_sql_take_own : &organization_sql_take_ownership, &write->params,
                    ERR_LIMIT, TOO_MANY);
    db_unit_add(unit, &organization_sql_insert, &write->params);
    db_unit_add(unit, &organization_sql_make_owner_admin, &write->params);
    return 0;
}

static int is_created(struct db *db, void *context, struct error *err)
{
    const struct write *write = context;
    struct organization_state_row state;
    int found = read_state(write, &state, err);

    (void)db;
    return found <= 0 ? found : state.created.us == write->params.organization.created.us;
}

static int insert(struct write *write, struct organization *out, struct error *err)
{
    const struct call *call = write->call;
    struct db_work work = {.plan = plan_creation, .is_done = is_created, .may_be_undone = true, .context = write};

    if (db_transaction(call->db, call->arena, &work, err) < 0)
        return err->kind == ERR_EXISTS ? explain_duplicate(call->db, err) : -1;
    *out = write->params.organization;
    return 0;
}

/* Asks again, one by one, what the guess asked at once, to find the reason of the refusal. */
static int insert_checked(const struct organization_input *input, struct write *write, struct organization *out,
                          struct error *err)
{
    const struct id *owner_id = &write->params.organization.owner_id;

    write->params.caller = (struct credential){.id = {{0}}};
    if (check_may_create(input, write, err) < 0)
        return -1;
    if (insert(write, out, err) == 0)
        return 0;
    if (err->kind != ERR_LIMIT)
        return -1;
    return explain_limit(write->call, owner_id, id_equal(owner_id, &write->before.access.principal.account_id), err);
}

int organization_create(const struct call *call, const struct organization_input *input, struct organization *out,
                        struct error *err)
{
    struct write write = {
        .call = call,
        .params.organization = input->value,
        .params.name_key = text_fold(call->arena, input->value.name),
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

        if (result == 0 || err->kind != ERR_LIMIT)
            return result;
    }
    return insert_checked(input, &write, out, err);
}

/* Updating and deleting. The row is read without a lock, and written on condition of its revision. Whoever comes second
 * starts again, and then waits for the row, so that its turn comes. */

static bool is_transfer(const struct write *write)
{
    return write->input != NULL && write->input->given.owner_id &&
           !id_equal(&write->input->value.owner_id, &write->before.organization.owner_id);
}

/* A client may know the entity tag of the organization with its subscription status, but a change is only about the
 * organization itself. */
static int check_precondition(const struct write *write, struct error *err)
{
    const struct precondition *precondition = write->precondition;
    char etag[ORGANIZATION_ETAG_SIZE];

    if (precondition->holds == NULL)
        return 0;
    organization_etag(&write->before.organization, false, write->call->now, etag);
    if (!precondition->holds(etag, precondition->context))
        return error_set(err, ERR_PRECONDITION, "The organization has changed since you read it; read it again.");
    return 0;
}

static int see_for_write(const struct db_unit *unit, struct write *write, enum permission permission, struct error *err)
{
    struct organization_state_row state;

    if (unit->locks && read_state(write, &state, err) < 0)
        return -1;
    if (see_by_id(write->call, &write->params.organization.id, permission, &write->before, err) < 0)
        return -1;
    if (is_transfer(write) && !standing_may_transfer(&write->before.access.standing))
        return error_set(err, ERR_FORBIDDEN, "Only the owner or a superuser may transfer an organization.");
    write->params.previous_revision = write->before.organization.revision;
    return check_precondition(write, err);
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

/* Null and the empty string are different values. */
static bool is_same_text(struct text a, struct text b)
{
    return (a.data == NULL) == (b.data == NULL) && text_equal(a, b);
}

static bool has_changed(const struct organization *a, const struct organization *b)
{
#define SAME(member, type, use) SAME_##use(member, type)
#define SAME_KEY(member, type)
#define SAME_SHOWN(member, type)
#define SAME_INNER(member, type)
#define SAME_PATCHED(member, type) &&SAME_##type(a->member, b->member)
#define SAME_TEXT(left, right) is_same_text(left, right)
#define SAME_JSON(left, right) is_same_text(left, right)
#define SAME_ID(left, right) id_equal(&(left), &(right))
    return !(true ORGANIZATION_FIELDS(SAME, NO_SUBSCRIPTION));
}

static int plan_update(struct db_unit *unit, void *context, struct error *err)
{
    struct write *write = context;
    struct organization *organization = &write->params.organization;
    struct organization_params old_owner;

    if (see_for_write(unit, write, PERMISSION_ORGANIZATION_UPDATE, err) < 0)
        return -1;
    *organization = write->before.organization;
    apply(write->input, organization);
    if (!has_changed(organization, &write->before.organization))
        return 0;
    write->params.name_key = text_fold(write->call->arena, organization->name);
    organization->revision++;
    organization->updated.us =
        write->call->now.us > organization->updated.us ? write->call->now.us : organization->updated.us + 1;
    if (is_transfer(write)) {
        db_unit_require(unit, &organization_sql_take_ownership, &write->params, ERR_LIMIT, TOO_MANY);
        db_unit_add(unit, &organization_sql_make_owner_admin, &write->params);
        old_owner = (struct organization_params){.organization.owner_id = write->before.organization.owner_id};
        db_unit_add(unit, &organization_sql_drop_ownership, &old_owner);
    }
    db_unit_expect(unit, &organization_sql_update, &write->params);
    return 0;
}

static int is_updated(struct db *db, void *context, struct error *err)
{
    const struct write *write = context;
    const struct organization *organization = &write->params.organization;
    struct organization_state_row state;
    int found = read_state(write, &state, err);

    (void)db;
    if (found <= 0)
        return found;
    if (state.revision > organization->revision)
        return error_set(
            err, ERR_INTERNAL,
            "Somebody else changed this at the same time, so it is unknown whether your change was saved; read it again.");
    return state.revision == organization->revision && state.updated.us == organization->updated.us;
}

int organization_update(const struct call *call, const struct id *id, const struct organization_input *input,
                        const struct precondition *precondition, struct organization *out, struct error *err)
{
    struct write write = {
        .call = call,
        .input = input,
        .precondition = precondition,
        .params.organization.id = *id,
        .params.default_limit = call->config->max_organizations_per_user,
    };
    struct db_work work = {.plan = plan_update, .is_done = is_updated, .context = &write};

    if (db_transaction(call->db, call->arena, &work, err) < 0) {
        if (err->kind == ERR_LIMIT)
            return explain_limit(call, &input->value.owner_id, false, err);
        return err->kind == ERR_EXISTS ? explain_duplicate(call->db, err) : -1;
    }
    *out = write.params.organization;
    return 0;
}

static int plan_deletion(struct db_unit *unit, void *context, struct error *err)
{
    struct write *write = context;

    if (see_for_write(unit, write, PERMISSION_ORGANIZATION_DELETE, err) < 0)
        return -1;
    write->params.organization.owner_id = write->before.organization.owner_id;
    db_unit_expect(unit, &organization_sql_delete, &write->params);
    db_unit_add(unit, &organization_sql_drop_ownership, &write->params);
    return 0;
}

static int is_deleted(struct db *db, void *context, struct error *err)
{
    const struct write *write = context;
    struct organization_state_row state;
    int found = read_state(write, &state, err);

    (void)db;
    return found < 0 ? -1 : found == 0 || state.created.us != write->before.organization.created.us;
}

int organization_delete(const struct call *call, const struct id *id, const struct precondition *precondition,
                        struct error *err)
{
    struct write write = {.call = call, .precondition = precondition, .params.organization.id = *id};
    struct db_work work = {.plan = plan_deletion, .is_done = is_deleted, .context = &write};

    return db_transaction(call->db, call->arena, &work, err);
}
