/* Creating, changing and ending accounts by the API. The row is read without a lock, and written on condition of its
 * revision. Whoever comes second starts again, and then waits for the row, so that its turn comes. */
#include "account_event.h"
#include "account_private.h"
#include "address_proof.h"
#include "base/text.h"
#include "domain/access/access.h"
#include "domain/access/idempotency.h"
#include "domain/mail/mail.h"
#include "user_private.h"

/* A write within its transaction. */
struct user_write {
    const struct call *call;
    const struct id *id;
    const struct account_change *change;
    const struct precondition *precondition;
    struct principal principal;
    struct account before;
    struct account_params params;
    bool is_ending; /* nothing but the account's own row can refuse it any more */
};

static bool is_of_application(const struct user_write *write)
{
    return write->call->caller.credential.kind == CREDENTIAL_OF_GRANT;
}

/* Reads who asks and what is asked about. Only who is a superuser or means himself goes on. */
static int see_for_write(const struct db_unit *unit, struct user_write *write, struct error *err)
{
    struct account locked;
    char etag[USER_ETAG_SIZE];

    if (user_see(write->call, write->id, &write->principal, &write->before, err) < 0)
        return -1;
    if (!write->principal.is_superuser && !id_equal(write->id, &write->principal.account_id))
        return error_set(err, ERR_FORBIDDEN, "Only a superuser may do this to somebody else.");
    if (unit->locks && (account_lock(write->call, write->id, &locked, err) < 0 ||
                        user_see(write->call, write->id, &write->principal, &write->before, err) < 0))
        return -1;
    user_etag(&write->before, etag);
    return precondition_check(write->precondition, etag, "user", err);
}

static struct event_actor actor_of(const struct user_write *write)
{
    return event_caller(write->call, &write->principal.account_id);
}

/* The domain's own sentence becomes a fault of the field that it is about. */
static int explain_fault(const struct user_write *write, struct error *err)
{
    const struct call *call = write->call;
    const struct account_change *change = write->change;
    bool is_name = change->given.name && !text_equal(change->value.name, write->before.name);

    if (err->kind != ERR_VALIDATION || call->faults->count > 0)
        return -1;
    faults_add_value_error(call->faults, LOCATION_IN(LOCATION("body"), is_name ? "username" : "email"), err->message,
                           NULL);
    return faults_result(call->faults, err);
}

/* Creating */

static int plan_creation(struct db_unit *unit, void *context, struct error *err)
{
    const struct user_write *write = context;
    const struct account_params *params = &write->params;
    struct event event = account_event(write->call, &account_created, NULL, &params->account);

    (void)err;
    event.actor = actor_of(write);
    idempotency_keep(unit, write->call, &write->principal.account_id, &params->account);
    account_plan_creation(unit, params);
    event_add(unit, write->call, &event);
    return 0;
}

static int check_may_create(struct user_write *write, struct error *err)
{
    if (access_identify(write->call, &write->principal, err) < 0)
        return -1;
    if (!write->principal.is_superuser) {
        error_set(err, ERR_FORBIDDEN, "Only a superuser may create users.");
        return error_bars_caller(err);
    }
    if (write->change->value.is_superuser)
        return error_set(err, ERR_FORBIDDEN, "Only orgctl makes a superuser.");
    return 0;
}

int user_create(const struct call *call, const struct account_change *input, struct account *out, struct error *err)
{
    struct user_write write = {.call = call, .change = input};
    struct db_work work = {.plan = plan_creation, .context = &write};
    struct account wanted = {.is_active = true, .organization_limit = ACCOUNT_DEFAULT_LIMIT};
    const struct account_params *prepared;

    account_apply(call, input, true, &wanted);
    if (check_may_create(&write, err) < 0)
        return -1;
    if (account_prepare(call, &wanted, &prepared, err) < 0)
        return explain_fault(&write, err);
    write.params = *prepared;
    if (event_transaction(call, &work, err) < 0)
        return err->kind == ERR_EXISTS ? account_refuse_duplicate(call, prepared, err) : -1;
    *out = write.params.account;
    return 0;
}

/* Changing */

/* What each may change, by what would come of it: who sends what is there already changes nothing. */
static int check_may_change(const struct user_write *write, const struct account *wanted, struct error *err)
{
    const struct account *before = &write->before;
    bool has_new_name = !text_equal(before->name, wanted->name);
    bool has_new_address = !text_is_same(before->email, wanted->email);
    bool has_new_standing = !has_new_address && before->email_verified != wanted->email_verified;
    const struct account_change *change = write->change;
    bool is_overruled = change->given.email_verified && change->value.email_verified != wanted->email_verified;

    if (before->is_superuser != wanted->is_superuser)
        return error_set(err, ERR_FORBIDDEN, "Only orgctl makes a superuser, or an ordinary user of one.");
    if (before->is_service && (has_new_name || has_new_address || has_new_standing))
        return error_set(err, ERR_FORBIDDEN, "A service account's name and address are not changed here.");
    if (is_of_application(write) && (has_new_address || has_new_standing))
        return error_set(err, ERR_FORBIDDEN, "An application that a person has let in may not change the address.");
    if (before->is_superuser && !write->principal.is_superuser && has_new_address)
        return error_set(err, ERR_FORBIDDEN,
                         "This credential may not act as a superuser, and who has the address could.");
    if (write->principal.is_superuser)
        return 0;
    if (has_new_name || has_new_standing || is_overruled || before->is_active != wanted->is_active)
        return error_set(err, ERR_FORBIDDEN, "Only a superuser may change username, email_verified and is_active.");
    return 0;
}

/* Reads what is there, and says what is to become of it. */
static int judge_update(const struct db_unit *unit, struct user_write *write, struct error *err)
{
    if (see_for_write(unit, write, err) < 0)
        return -1;
    write->params = (struct account_params){.account = write->before};
    account_apply(write->call, write->change, write->principal.is_superuser, &write->params.account);
    return check_may_change(write, &write->params.account, err);
}

/* What somebody says is his own address gets a mail with a link, also if it is sent once more. */
static bool needs_proof(const struct user_write *write)
{
    const struct account *wanted = &write->params.account;

    return write->change->given.email && wanted->email.data != NULL && !wanted->email_verified && !wanted->is_service &&
           !write->principal.is_superuser && mail_is_set(write->call->config);
}

static int plan_update(struct db_unit *unit, void *context, struct error *err)
{
    struct user_write *write = context;
    struct event_actor actor;

    if (judge_update(unit, write, err) < 0)
        return -1;
    actor = actor_of(write);
    if (account_plan_change(unit, write->call, &actor, &write->before, &write->params, err) < 0)
        return -1;
    if (needs_proof(write))
        address_proof_plan(unit, write->call, &actor, &write->params.account);
    return 0;
}

/* Counts a mail before it is written, so that nobody floods an address with them. */
static int count_mail(struct user_write *write, struct error *err)
{
    const struct db_unit nothing_locked = {.locks = false};

    if (!write->change->given.email || !mail_is_set(write->call->config))
        return 0;
    if (judge_update(&nothing_locked, write, err) < 0)
        return -1;
    return needs_proof(write) ? address_proof_begin(write->call, write->id, err) : 0;
}

int user_update(const struct call *call, const struct id *id, const struct account_change *change,
                const struct precondition *precondition, struct account *out, struct error *err)
{
    struct user_write write = {.call = call, .id = id, .change = change, .precondition = precondition};
    struct db_work work = {.plan = plan_update, .context = &write};

    if (count_mail(&write, err) < 0)
        return explain_fault(&write, err);
    if (event_transaction(call, &work, err) < 0)
        return err->kind == ERR_EXISTS ? account_refuse_duplicate(call, &write.params, err)
                                       : explain_fault(&write, err);
    *out = write.params.account;
    return 0;
}

/* Ending */

static int plan_deletion(struct db_unit *unit, void *context, struct error *err)
{
    struct user_write *write = context;
    struct event_actor actor;

    write->is_ending = false;
    if (see_for_write(unit, write, err) < 0)
        return -1;
    if (is_of_application(write))
        return error_set(err, ERR_FORBIDDEN, "An application that a person has let in may not delete a user.");
    if (write->before.is_service && !write->principal.is_superuser)
        return error_set(err, ERR_FORBIDDEN, "A service account is deleted by who may do so in its organization.");
    write->is_ending = true;
    actor = actor_of(write);
    account_plan_end(unit, write->call, &actor, &write->before);
    return 0;
}

int user_delete(const struct call *call, const struct id *id, const struct precondition *precondition,
                struct error *err)
{
    struct user_write write = {.call = call, .id = id, .precondition = precondition};
    struct db_work work = {.plan = plan_deletion, .context = &write};

    if (event_transaction(call, &work, err) == 0)
        return 0;
    return err->kind == ERR_FORBIDDEN && write.is_ending ? account_explain_owner(call, id, err) : -1;
}
