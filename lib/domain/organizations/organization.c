#include "organization.h"

#include <string.h>

#include "base/text.h"
#include "domain/access/hints.h"
#include "organization_private.h"

struct organization org_from_columns(const struct org_columns *columns)
{
    return (struct organization){
        .id = columns->id,
        .name = columns->name,
        .description = columns->description,
        .logo_url = columns->logo_url,
        .links = columns->links,
        .owner_id = columns->owner_id,
        .subscription_status = (enum subscription_status)columns->subscription_status,
        .trial_end = columns->trial_end,
        .revision = columns->revision,
        .created = columns->created,
        .updated = columns->updated,
    };
}

int org_not_found(struct error *err)
{
    return error_set(err, ERR_NOT_FOUND, "There is no such organization, or you may not see it.");
}

static int exists(const struct db *db, struct error *err)
{
    bool is_name = strstr(db_duplicate_key(db), "name") != NULL;

    return error_set(err, ERR_EXISTS,
                     is_name ? "An organization with this name exists already."
                             : "An organization with this id exists already.");
}

int org_authenticate(const struct call *call, struct principal *out, struct error *err)
{
    struct org_get_params params = {.credential = call->caller.credential.id};
    struct org_row row;
    int found = db_query_one(call->db, &org_sql_authenticate, &params, call->arena, &row, err);

    if (found < 0)
        return -1;
    return caller_accept(&call->caller.credential, found == 0 ? NULL : &row.caller, call->now, out, err);
}

/* Reading one organization */

struct seen {
    struct principal principal;
    struct standing standing;
    struct organization org;
};

/* Reads caller and organization at once, and checks that the one may see the other. */
static int see(const struct call *call, const struct db_statement *statement, const struct org_get_params *params,
               struct seen *out, struct error *err)
{
    struct org_row row;
    int found = db_query_one(call->db, statement, params, call->arena, &row, err);

    if (found < 0 ||
        caller_accept(&call->caller.credential, found == 0 ? NULL : &row.caller, call->now, &out->principal, err) < 0)
        return -1;
    if (row.org.revision == 0)
        return org_not_found(err);
    out->org = org_from_columns(&row.org);
    out->standing = (struct standing){
        .is_superuser = out->principal.is_superuser,
        .is_owner = id_equal(&row.org.owner_id, &out->principal.account_id),
        .role = (enum role)row.role,
    };
    return rbac_allows(&out->standing, ACTION_READ) ? 0 : org_not_found(err);
}

static int see_by_id(const struct call *call, const struct id *id, struct seen *out, struct error *err)
{
    struct org_get_params params = {.credential = call->caller.credential.id, .id = *id};

    return see(call, &org_sql_get_by_id, &params, out, err);
}

/* The key of a name that a client asks for. What cannot be a name gets a key that no organization has. */
static struct text key_of(const struct call *call, struct text name)
{
    return text_is_utf8(name) ? text_fold(call->arena, name) : TEXT("");
}

int org_get(const struct call *call, struct text id_or_name, struct organization *out, struct error *err)
{
    struct org_get_params params = {.credential = call->caller.credential.id};
    const struct db_statement *statement = &org_sql_get_by_id;
    struct seen seen;

    if (!id_parse(id_or_name, &params.id)) {
        params.name_key = key_of(call, id_or_name);
        statement = &org_sql_get_by_name;
    }
    if (see(call, statement, &params, &seen, err) < 0)
        return -1;
    *out = seen.org;
    return 0;
}

/* Owners */

static int bad_owner(const struct call *call, const struct id *owner_id, struct error *err)
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

/* Why this owner may not have one more. */
static int explain_refusal(const struct call *call, const struct id *owner_id, bool is_caller, struct error *err)
{
    struct org_owner_params params = {.owner_id = *owner_id};
    struct org_owner_row row = {.may_own = false};

    if (db_query_one(call->db, &org_sql_owner, &params, call->arena, &row, err) < 0)
        return -1;
    if (row.is_service && is_caller)
        return error_set(err, ERR_FORBIDDEN, "A service account cannot create an organization.");
    if (!row.may_own)
        return bad_owner(call, owner_id, err);
    return error_set(err, ERR_LIMIT, "The owner already owns as many organizations as allowed.");
}

/* Counts one more organization for a new owner, if it is an active human user and that is not one too many. Nobody else
 * can slip in between: the row's condition and its change are one statement. */
static int take_ownership(const struct call *call, const struct id *owner_id, struct error *err)
{
    struct org_owner_params params = {.owner_id = *owner_id, .default_limit = call->config->max_organizations_per_user};
    int64_t changed = db_execute(call->db, &org_sql_take_ownership, &params, err);

    if (changed == 0)
        return explain_refusal(call, owner_id, false, err);
    return changed < 0 ? -1 : 0;
}

static int drop_ownership(const struct call *call, const struct id *owner_id, struct error *err)
{
    struct org_owner_params params = {.owner_id = *owner_id};

    return db_execute(call->db, &org_sql_drop_ownership, &params, err) < 0 ? -1 : 0;
}

static int make_owner_admin(const struct call *call, const struct org_write_params *write, struct error *err)
{
    return db_execute(call->db, &org_sql_insert_owner_membership, write, err) < 0 ? -1 : 0;
}

/* A write on its way through its transaction. */
struct write {
    const struct call *call;
    const struct org_input *input;
    const struct precondition *precondition;
    struct id id;
    struct seen before;
    struct org_write_params params;
    bool is_contended; /* somebody else was faster the first time: wait for the row */
};

static int read_state(struct write *write, struct org_state_row *row, struct error *err)
{
    return db_query_one(write->call->db, &org_sql_state, &write->params, write->call->arena, row, err);
}

/* Creating */

/* A creation for the caller, as nearly all are: who that is, a token says or the worker remembers. The transaction
 * finds out whether it is true and still counts, by what caller_accept() asks, and may have one more. */
static bool trust_guess(const struct org_input *input, struct write *write)
{
    const struct credential *credential = &write->call->caller.credential;
    struct org_write_params *params = &write->params;

    params->org.owner_id = credential->is_token ? credential->account_id : guess_about(&credential->id)->account_id;
    if (input->given & (ORG_GIVEN_ID | ORG_GIVEN_OWNER_ID) || id_is_nil(&params->org.owner_id))
        return false;
    params->caller = *credential;
    return true;
}

/* Who is asking, and for whom. Whether that owner may have one more, the transaction finds out. */
static int check_may_create(const struct org_input *input, struct write *write, struct error *err)
{
    struct principal *principal = &write->before.principal;
    struct id *owner_id = &write->params.org.owner_id;

    if (org_authenticate(write->call, principal, err) < 0)
        return -1;
    guess_to_note(&write->call->caller.credential.id)->account_id = principal->account_id;
    *owner_id = input->given & ORG_GIVEN_OWNER_ID ? input->owner_id : principal->account_id;
    if ((input->given & ORG_GIVEN_ID) && !principal->is_superuser)
        return error_set(err, ERR_FORBIDDEN, "Only a superuser may choose the id of an organization.");
    if (!id_equal(owner_id, &principal->account_id) && !principal->is_superuser)
        return error_set(err, ERR_FORBIDDEN, "Only a superuser may create an organization for another user.");
    return 0;
}

static int run_create(struct db *db, void *context, struct error *err)
{
    struct write *write = context;
    const struct id *owner_id = &write->params.org.owner_id;
    bool is_caller = id_equal(owner_id, &write->before.principal.account_id);

    if (db_execute(db, &org_sql_create, &write->params, err) >= 0)
        return 0;
    if (err->kind == ERR_LIMIT && id_is_nil(&write->params.caller.id))
        return explain_refusal(write->call, owner_id, is_caller, err);
    return err->kind == ERR_EXISTS ? exists(db, err) : -1;
}

static int is_created(struct db *db, void *context, struct error *err)
{
    struct write *write = context;
    struct org_state_row state;
    int found = read_state(write, &state, err);

    (void)db;
    return found <= 0 ? found : state.created.us == write->params.org.created.us;
}

static int insert(struct write *write, struct organization *out, struct error *err)
{
    struct db_work work = {
        .run = run_create, .is_done = is_created, .may_be_undone = true, .is_compound = true, .context = write};

    if (db_transaction(write->call->db, &work, err) < 0)
        return -1;
    *out = write->params.org;
    return 0;
}

static void start_subscription(const struct call *call, struct org_write_params *params)
{
    bool has_trial = call->config->trial_days > 0;

    params->org.subscription_status = has_trial ? SUBSCRIPTION_TRIALING : SUBSCRIPTION_CANCELED;
    params->org.trial_end.us = has_trial ? call->now.us + call->config->trial_days * S_PER_DAY * US_PER_S : 0;
    params->status = has_trial ? TEXT("trialing") : TEXT("canceled");
}

int org_create(const struct call *call, const struct org_input *input, struct organization *out, struct error *err)
{
    struct write write = {
        .call = call,
        .params.org =
            {
                .id = input->given & ORG_GIVEN_ID ? input->id : id_new(call->now),
                .name = input->name,
                .name_key = text_fold(call->arena, input->name),
                .description = input->description,
                .logo_url = input->logo_url,
                .links = input->links,
                .revision = 1,
                .created = call->now,
                .updated = call->now,
            },
        .params.default_limit = call->config->max_organizations_per_user,
    };

    start_subscription(call, &write.params);
    if (trust_guess(input, &write)) {
        int result = insert(&write, out, err);

        if (result == 0 || err->kind != ERR_LIMIT)
            return result;
        /* For one reason or another: asked one after the other it becomes clear for which. */
        write.params.caller = (struct credential){.id = {{0}}};
    }
    return check_may_create(input, &write, err) < 0 ? -1 : insert(&write, out, err);
}

/* Updating and deleting: the row is read without a lock and written on condition of its revision. Whoever comes second
 * starts again, and then waits for the row, so that it gets its turn. */

static bool is_transfer(const struct write *write)
{
    return write->input != NULL && (write->input->given & ORG_GIVEN_OWNER_ID) &&
           !id_equal(&write->input->owner_id, &write->before.org.owner_id);
}

/* A client may know the organization with its subscription status, which has a tag of its own; a change is only about
 * the organization. */
static int check_precondition(const struct write *write, struct error *err)
{
    const struct precondition *precondition = write->precondition;
    char etag[ORG_ETAG_SIZE];

    if (precondition->holds == NULL)
        return 0;
    org_etag(&write->before.org, false, write->call->now, etag);
    if (!precondition->holds(etag, precondition->context))
        return error_set(err, ERR_PRECONDITION, "The organization has changed since you read it; read it again.");
    return 0;
}

static int see_for_write(struct write *write, enum action action, struct error *err)
{
    struct org_state_row state;

    if (write->is_contended && read_state(write, &state, err) < 0)
        return -1;
    write->is_contended = true;
    if (see_by_id(write->call, &write->id, &write->before, err) < 0)
        return -1;
    if (!rbac_allows(&write->before.standing, action))
        return error_set(err, ERR_FORBIDDEN, "Your role in this organization does not allow this.");
    if (is_transfer(write) && !rbac_allows(&write->before.standing, ACTION_TRANSFER))
        return error_set(err, ERR_FORBIDDEN, "Only the owner or a superuser may transfer an organization.");
    return check_precondition(write, err);
}

static void apply(const struct org_input *input, struct organization *org)
{
    if (input->given & ORG_GIVEN_NAME)
        org->name = input->name;
    if (input->given & ORG_GIVEN_DESCRIPTION)
        org->description = input->description;
    if (input->given & ORG_GIVEN_LOGO_URL)
        org->logo_url = input->logo_url;
    if (input->given & ORG_GIVEN_LINKS)
        org->links = input->links;
    if (input->given & ORG_GIVEN_OWNER_ID)
        org->owner_id = input->owner_id;
}

/* Null and the empty string are different values. */
static bool same(struct text a, struct text b)
{
    return (a.data == NULL) == (b.data == NULL) && text_equal(a, b);
}

static bool has_changed(const struct organization *a, const struct organization *b)
{
    return !same(a->name, b->name) || !same(a->description, b->description) || !same(a->logo_url, b->logo_url) ||
           !same(a->links, b->links) || !id_equal(&a->owner_id, &b->owner_id);
}

/* The new owner's part of a transfer. What the old one owns is counted down only when the row shows that it was still
 * the owner. */
static int give(struct write *write, struct error *err)
{
    if (take_ownership(write->call, &write->params.org.owner_id, err) < 0)
        return -1;
    return make_owner_admin(write->call, &write->params, err);
}

static int run_update(struct db *db, void *context, struct error *err)
{
    struct write *write = context;
    struct organization *org = &write->params.org;
    int64_t changed;

    if (see_for_write(write, ACTION_UPDATE, err) < 0)
        return -1;
    *org = write->before.org;
    apply(write->input, org);
    if (!has_changed(org, &write->before.org))
        return 0;
    org->name_key = text_fold(write->call->arena, org->name);
    org->revision++;
    org->updated.us = write->call->now.us > org->updated.us ? write->call->now.us : org->updated.us + 1;
    write->params.previous_revision = write->before.org.revision;
    if (is_transfer(write) && give(write, err) < 0)
        return -1;
    changed = db_execute(db, &org_sql_update, &write->params, err);
    if (changed < 0)
        return err->kind == ERR_EXISTS ? exists(db, err) : -1;
    if (changed == 0)
        return db_conflict(db, err);
    return is_transfer(write) ? drop_ownership(write->call, &write->before.org.owner_id, err) : 0;
}

static int is_updated(struct db *db, void *context, struct error *err)
{
    struct write *write = context;
    const struct organization *org = &write->params.org;
    struct org_state_row state;
    int found = read_state(write, &state, err);

    (void)db;
    if (found <= 0)
        return found;
    if (state.revision > org->revision)
        return error_set(
            err, ERR_INTERNAL,
            "Somebody else changed this before it could be found out whether your change was saved; read it again.");
    return state.revision == org->revision && state.updated.us == org->updated.us;
}

int org_update(const struct call *call, const struct id *id, const struct org_input *input,
               const struct precondition *precondition, struct organization *out, struct error *err)
{
    struct write write = {
        .call = call,
        .input = input,
        .precondition = precondition,
        .id = *id,
        .params.org.id = *id,
    };
    struct db_work work = {.run = run_update, .is_done = is_updated, .context = &write};

    if (db_transaction(call->db, &work, err) < 0)
        return -1;
    *out = write.params.org;
    return 0;
}

static int run_delete(struct db *db, void *context, struct error *err)
{
    struct write *write = context;
    int64_t changed;

    if (see_for_write(write, ACTION_DELETE, err) < 0)
        return -1;
    write->params.previous_revision = write->before.org.revision;
    changed = db_execute(db, &org_sql_delete, &write->params, err);
    if (changed < 0)
        return -1;
    if (changed == 0)
        return db_conflict(db, err);
    return drop_ownership(write->call, &write->before.org.owner_id, err);
}

static int is_deleted(struct db *db, void *context, struct error *err)
{
    struct write *write = context;
    struct org_state_row state;
    int found = read_state(write, &state, err);

    (void)db;
    return found < 0 ? -1 : found == 0 || state.created.us != write->before.org.created.us;
}

int org_delete(const struct call *call, const struct id *id, const struct precondition *precondition, struct error *err)
{
    struct write write = {
        .call = call,
        .precondition = precondition,
        .id = *id,
        .params.org.id = *id,
    };
    struct db_work work = {.run = run_delete, .is_done = is_deleted, .context = &write};

    return db_transaction(call->db, &work, err);
}
