#include "invitation_link.h"

#include "base/text.h"
#include "domain/access/throttle.h"
#include "domain/accounts/account_event.h"
#include "domain/accounts/account_sql.h"
#include "domain/accounts/password_change.h"
#include "domain/accounts/password_rules.h"
#include "domain/address.h"
#include "head.h"
#include "invitation_private.h"

static bool read_secret(struct text secret, struct invitation_params *params)
{
    return secret_read(secret, SECRET_PREFIX_INVITATION, &params->id, &params->link_digest) ||
           secret_read(secret, SECRET_PREFIX_MAILED_INVITATION, &params->id, &params->link_digest);
}

static bool is_for(const struct call *call, const struct invitation_visit_row *row)
{
    return row->address.data != NULL && text_equal(address_key(call->arena, row->address, true),
                                                   address_key(call->arena, row->invitation.email, true));
}

static int no_such_link(struct error *err)
{
    return error_set(err, ERR_NOT_FOUND,
                     N_("There is no such invitation. The link may be incomplete, or a newer one was sent."));
}

static int open_link(const struct call *call, const struct invitation_params *params, struct invitation_visit *out,
                     struct error *err)
{
    struct invitation_visit_row row;
    int found = db_query_one(call->db, &invitation_sql_open, params, call->arena, &row, err);

    if (found < 0)
        return -1;
    if (found == 0)
        return no_such_link(err);
    *out = (struct invitation_visit){
        .invitation = row.invitation,
        .is_mailed = row.is_mailed,
        .visitor_id = row.visitor_id,
        .visitor = row.visitor,
        .address = row.address,
        .is_for_visitor = is_for(call, &row),
    };
    return invitation_require_pending(&row.invitation, call->now, err);
}

int invitation_open(const struct call *call, struct text secret, const struct id *account_id,
                    struct invitation_visit *out, struct error *err)
{
    struct invitation_params params = {.account_id = *account_id};

    return read_secret(secret, &params) ? open_link(call, &params, out, err) : no_such_link(err);
}

/* A decision by a link, within its transaction. */
struct following {
    const struct call *call;
    struct invitation_params params;
    struct invitation_visit visit;
    bool is_accepted;
    bool is_planned;                       /* so that what is taken is a name or an address */
    const struct account_params *newcomer; /* NULL: who has signed in decides */
    struct text password_hash;
};

static int lock_and_open(struct following *following, struct error *err)
{
    const struct call *call = following->call;

    if (head_lock_of_invitation(call, &following->params.id, err) < 0 ||
        open_link(call, &following->params, &following->visit, err) < 0)
        return -1;
    following->params.organization_id = following->visit.invitation.organization_id;
    return 0;
}

static void fill_in(struct following *following)
{
    const struct call *call = following->call;
    struct invitation_params *params = &following->params;

    params->status = following->is_accepted ? INVITATION_ACCEPTED : INVITATION_DECLINED;
    params->now = call->now;
    params->kept_until.us = call->now.us + INVITATION_KEPT_US;
    params->email_key = address_key(call->arena, following->visit.invitation.email, true);
}

/* Adds that the address is verified, and the event, unless an account has verified it: nobody loses an address by this.
 */
static int verify_address(struct db_unit *unit, const struct following *following, const struct event_actor *actor,
                          struct error *err)
{
    const struct call *call = following->call;
    struct invitation_params params = following->params;
    const struct account_params address = {.email_key = params.email_key};
    struct account_row owner;
    struct account before;
    struct account after;
    struct event event;
    int found = db_query_one(call->db, &account_sql_find_by_address, &address, call->arena, &owner, err);

    if (found != 0)
        return found < 0 ? -1 : 0;
    if (account_lock(call, &params.account_id, &before, err) < 0)
        return -1;
    after = before;
    after.email_verified = true;
    event = account_event(call, &account_updated, &before, &after);
    event.actor = *actor;
    params.email = following->visit.address;
    db_unit_expect(unit, &invitation_sql_verify_address, &params);
    event_add(unit, call, &event);
    return 0;
}

static int plan_following(struct db_unit *unit, void *context, struct error *err)
{
    struct following *following = context;
    const struct invitation_visit *visit = &following->visit;
    struct invitee who;

    if (lock_and_open(following, err) < 0)
        return -1;
    if (!visit->is_for_visitor)
        return error_set(err, ERR_FORBIDDEN, N_("This invitation is for somebody else."));
    fill_in(following);
    who = (struct invitee){
        .actor = {.type = "user", .account_id = visit->visitor_id, .credential_id = following->params.session_id},
        .account_id = visit->visitor_id,
        .name = visit->visitor,
    };
    db_unit_require(unit, &invitation_sql_decide_in_session, &following->params, ERR_FORBIDDEN,
                    N_("You are not signed in any more."));
    if (visit->is_mailed && verify_address(unit, following, &who.actor, err) < 0)
        return -1;
    return invitation_plan_decision(unit, following->call, &visit->invitation, &who, following->is_accepted, err);
}

int invitation_decide_by_link(const struct call *call, struct text secret, const struct session *session,
                              bool is_accepted, struct error *err)
{
    struct following following = {
        .call = call,
        .params = {.account_id = session->account_id, .session_id = session->id},
        .is_accepted = is_accepted,
    };
    struct db_work work = {.plan = plan_following, .locks = true, .context = &following};

    return read_secret(secret, &following.params) ? event_transaction(call, &work, err) : no_such_link(err);
}

/* Somebody who is new */

static void record_newcomer(struct db_unit *unit, const struct following *following, const struct event_actor *actor)
{
    const bool has_password = true;
    struct event event = account_event(following->call, &account_created, NULL, account_prepared(following->newcomer));

    event.actor = *actor;
    event_changed_bool(&event, "has_password", NULL, &has_password);
    event_add(unit, following->call, &event);
}

static int plan_joining(struct db_unit *unit, void *context, struct error *err)
{
    struct following *following = context;
    const struct account *account = account_prepared(following->newcomer);
    struct invitee who = {
        .actor = {.type = "user", .account_id = account->id},
        .account_id = account->id,
        .name = account->name,
        .is_new = true,
    };

    following->is_planned = false;
    if (lock_and_open(following, err) < 0)
        return -1;
    following->is_planned = true;
    fill_in(following);
    following->params.account_id = account->id;
    account_plan_creation(unit, following->newcomer);
    session_plan_password(unit, following->call, &account->id, following->password_hash);
    db_unit_require(unit, &invitation_sql_decide, &following->params, ERR_FORBIDDEN, INVITATION_NOT_PENDING);
    if (invitation_plan_decision(unit, following->call, &following->visit.invitation, &who, true, err) < 0)
        return -1;
    record_newcomer(unit, following, &who.actor);
    return 0;
}

static int prepare_newcomer(struct following *following, struct text username, struct error *err)
{
    const struct account user = {
        .name = username,
        .email = following->visit.invitation.email,
        .email_verified = following->visit.is_mailed,
        .is_active = true,
        .organization_limit = ACCOUNT_DEFAULT_LIMIT,
    };

    if (account_prepare(following->call, &user, &following->newcomer, err) == 0)
        return 0;
    return err->kind != ERR_VALIDATION
               ? -1
               : error_set(err, ERR_VALIDATION,
                           N_("Choose another user name: of 1 to 64 characters, none of them invisible, and no blank "
                              "at its ends."));
}

static int check_password(const struct following *following, struct text username, struct text password,
                          struct error *err)
{
    const struct password_owner owner = {.username = username, .email = following->visit.invitation.email};

    return password_check(following->call, password, &owner, err);
}

static int explain_duplicate(const struct call *call, struct error *err)
{
    if (account_address_is_taken(call))
        return error_set(err, ERR_EXISTS, N_("There is an account with this address already. Sign in with it."));
    return error_set(err, ERR_EXISTS,
                     N_("Somebody has this user name already. Choose another one; or sign in, if it is yours."));
}

/* A link lets whoever has it take the time of a password, and who invites makes as many links as he likes. So attempts
 * count; one that found no slot does not. */
static int count_and_hash(struct following *following, const struct newcomer *newcomer, struct error *err)
{
    struct throttle throttle;
    struct error failure;

    throttle_init(&throttle, following->call);
    throttle_add_address(&throttle, THROTTLE_ACCOUNT_ADDRESS, newcomer->network_address);
    if (throttle_take(&throttle, err) < 0)
        return -1;
    if (password_change_hash(following->call, newcomer->password, &following->password_hash, err) == 0)
        return 0;
    if (err->kind == ERR_BUSY && throttle_give_back(&throttle, &failure) < 0)
        *err = failure;
    return -1;
}

int invitation_join(const struct call *call, struct text secret, const struct newcomer *newcomer, struct error *err)
{
    struct following following = {.call = call, .is_accepted = true};
    struct db_work work = {.plan = plan_joining, .locks = true, .context = &following};

    if (!read_secret(secret, &following.params))
        return no_such_link(err);
    if (open_link(call, &following.params, &following.visit, err) < 0 ||
        prepare_newcomer(&following, newcomer->username, err) < 0 ||
        check_password(&following, newcomer->username, newcomer->password, err) < 0 ||
        count_and_hash(&following, newcomer, err) < 0)
        return -1;
    if (event_transaction(call, &work, err) < 0)
        return err->kind == ERR_EXISTS && following.is_planned ? explain_duplicate(call, err) : -1;
    return 0;
}
