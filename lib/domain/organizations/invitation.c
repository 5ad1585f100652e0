#include "invitation.h"

#include "base/memory.h"
#include "base/text.h"
#include "domain/access/idempotency.h"
#include "domain/access/system_roles.h"
#include "domain/address.h"
#include "domain/mail/mail_templates.h"
#include "head.h"
#include "invitation_private.h"
#include "named.h"

/* Inviting, inviting again, and taking back. Everything is read behind the lock of the head (head.h), so that who
 * invites still has the permissions when the invitation is written. */

#define OPEN_MAX 1000
#define TOO_MANY_RETRY_S 3600 /* mails are counted over a day (mail.h) */

int invitation_no_such(struct error *err)
{
    return error_set(err, ERR_NOT_FOUND, "There is no such invitation, or you may not see it.");
}

struct event invitation_event(const struct call *call, const char *action, const struct id *account_id,
                              const struct invitation *invitation)
{
    struct event event = {
        .action = action,
        .actor = event_caller(call, account_id),
        .organization = {invitation->organization_id, invitation->organization_name},
    };

    event_target(&event, "invitation", &invitation->id, invitation->email);
    return event;
}

/* A write of somebody in an organization. */
struct writing {
    const struct call *call;
    struct invitation_params params;
    struct invitation invitation; /* as it will be */
    bool notifies;
    char mail_secret[SECRET_TEXT_SIZE];
};

static void make_secrets(struct writing *writing, char link_secret[SECRET_TEXT_SIZE])
{
    writing->params.link_digest = secret_make(SECRET_PREFIX_INVITATION, &writing->params.id, link_secret);
    writing->params.mail_digest =
        secret_make(SECRET_PREFIX_MAILED_INVITATION, &writing->params.id, writing->mail_secret);
}

static void add_mail(struct db_unit *unit, const struct writing *writing)
{
    const struct call *call = writing->call;
    const struct invitation *invitation = &writing->invitation;
    const struct mail mail = {
        .address = invitation->email,
        .useful_us = invitation->expires.us - call->now.us,
        .organization_id = invitation->organization_id,
    };

    if (writing->notifies)
        invitation_mail_add(unit, call, &mail,
                            INVITATION_MAIL(.organization = invitation->organization_name,
                                            .inviter = invitation->inviter_name,
                                            .link = text_of(invitation_link(call, writing->mail_secret)),
                                            .expires = mail_time(call, invitation->expires)));
}

static int run(struct writing *writing, const struct db_work *work, struct invitation *out, struct error *err)
{
    int result = event_transaction(writing->call, work, err);

    memory_wipe(writing->mail_secret, sizeof(writing->mail_secret));
    if (result == 0)
        *out = writing->invitation;
    else if (err->kind == ERR_TOO_MANY)
        error_retry_after(err, TOO_MANY_RETRY_S);
    return result;
}

static void set_end(struct writing *writing, int64_t days)
{
    writing->params.expires.us = writing->params.now.us + days * S_PER_DAY * US_PER_S;
    writing->params.kept_until.us = writing->params.expires.us + INVITATION_KEPT_US;
}

static int see_place(const struct writing *writing, struct invitation_place_row *out, struct access *access,
                     struct error *err)
{
    const struct call *call = writing->call;
    const struct db_statement *statement = access_is_operator(call)
                                               ? &invitation_sql_see_place_as_operator
                                               : caller_statement(invitation_sql_see_place, &call->caller.credential);
    int found = db_query_one(call->db, statement, &writing->params, call->arena, out, err);

    return found < 0 ? -1
                     : access_judge(call, found == 0 ? NULL : &out->access, PERMISSION_INVITATION_CREATE, access, err);
}

/* Finds the role that is asked for, and checks that the caller may give it. */
static int find_role(struct writing *writing, const struct invitation_place_row *place, const struct access *access,
                     struct error *err)
{
    enum role role = system_role_of_id(&writing->params.organization_id, &writing->params.role_id);

    if (role == ROLE_NONE && place->role_made.data == NULL)
        return error_set(err, ERR_NOT_FOUND, "There is no such role in this organization.");
    writing->params.own_roles = role == ROLE_NONE ? 0 : ROLE_BIT(role);
    return access_demand(access, writing->params.own_roles | place->role_mask, err);
}

static int check_place(const struct writing *writing, const struct invitation_place_row *place, struct error *err)
{
    char id[ID_TEXT_SIZE];

    if (place->is_member)
        return error_set(err, ERR_EXISTS, "This is the address of a member already.");
    if (id_is_nil(&place->open_id) || place->open_expires.us <= writing->params.now.us)
        return 0;
    id_format(&place->open_id, id);
    return error_set(err, ERR_EXISTS, "The invitation %s to this address is pending already.", id);
}

static void describe(struct writing *writing, const struct invitation_place_row *place, const struct access *access)
{
    writing->params.account_id = access->principal.account_id;
    writing->invitation = (struct invitation){
        .id = writing->params.id,
        .organization_id = writing->params.organization_id,
        .organization_name = place->organization_name,
        .organization_logo_url = place->organization_logo_url,
        .organization_member_count = place->organization_member_count,
        .email = writing->params.email,
        .own_roles = writing->params.own_roles,
        .roles_made = place->role_made,
        .mask = writing->params.own_roles | place->role_mask,
        .status = INVITATION_PENDING,
        .created = writing->params.now,
        .expires = writing->params.expires,
        .inviter_id = access->principal.account_id,
        .inviter_name = place->inviter_name,
        .inviter_avatar_url = place->inviter_avatar_url,
    };
}

const char *invitation_link(const struct call *call, const char *secret)
{
    return arena_printf(call->arena, "%s/account/invitation?secret=%s", call->config->public_url, secret);
}

struct text invitation_role_names(const struct call *call, const struct invitation *invitation)
{
    struct text names = {NULL, 0};

    for (enum role role = ROLE_ADMIN; role <= ROLE_MEMBER; role++)
        if ((invitation->own_roles & ROLE_BIT(role)) != 0)
            names = text_of(names.data == NULL ? role_name(role)
                                               : arena_printf(call->arena, "%s,%s", names.data, role_name(role)));
    return named_join(call->arena, names, ",", invitation->roles_made);
}

static void record_creation(struct db_unit *unit, const struct writing *writing)
{
    const struct call *call = writing->call;
    const struct invitation *invitation = &writing->invitation;
    struct event event = invitation_event(call, "invitation.created", &writing->params.account_id, invitation);
    const struct text nothing = {NULL, 0};

    event_changed_text(&event, call, "email", nothing, invitation->email);
    event_changed_text(&event, call, "roles", nothing, invitation_role_names(call, invitation));
    event_changed_time(&event, call, "expiration_date", (struct timestamp){0}, invitation->expires);
    event_add(unit, call, &event);
}

/* One that has expired cannot be sent again once another has taken its place. */
static void close_expired(struct db_unit *unit, const struct writing *writing, const struct id *expired_id)
{
    const struct invitation_params expired = {.id = *expired_id, .organization_id = writing->params.organization_id};

    db_unit_add(unit, &invitation_sql_close_expired, &writing->params);
    db_unit_add(unit, &invitation_sql_drop_roles, &expired);
    db_unit_add(unit, &invitation_sql_drop_teams, &expired);
}

static int plan_creation(struct db_unit *unit, void *context, struct error *err)
{
    struct writing *writing = context;
    struct invitation_place_row place;
    struct access access;

    if (head_lock(writing->call, &writing->params.organization_id, err) < 0 ||
        see_place(writing, &place, &access, err) < 0 || find_role(writing, &place, &access, err) < 0 ||
        check_place(writing, &place, err) < 0)
        return -1;
    describe(writing, &place, &access);
    idempotency_keep(unit, writing->call, &access.principal.account_id, &writing->invitation);
    if (!id_is_nil(&place.open_id))
        close_expired(unit, writing, &place.open_id);
    db_unit_require(unit, &invitation_sql_insert, &writing->params, ERR_FORBIDDEN,
                    "As many invitations are pending in this organization as may be; revoke some.");
    if (place.role_made.data != NULL)
        db_unit_add(unit, &invitation_sql_give_role, &writing->params);
    add_mail(unit, writing);
    record_creation(unit, writing);
    return 0;
}

int invitation_create(const struct call *call, const struct id *organization_id, const struct invitation_input *input,
                      struct invitation *out, char link_secret[SECRET_TEXT_SIZE], struct error *err)
{
    struct writing writing = {
        .call = call,
        .params = {.caller = call->caller.credential,
                   .id = id_new(call->now),
                   .organization_id = *organization_id,
                   .email = input->email,
                   .email_key = address_key(call->arena, input->email, true),
                   .role_id = input->role_id,
                   .days = input->expires_in_days,
                   .now = call->now,
                   .maximum = OPEN_MAX},
        .notifies = input->notify,
    };
    struct db_work work = {.plan = plan_creation, .locks = true, .context = &writing};

    make_secrets(&writing, link_secret);
    set_end(&writing, input->expires_in_days);
    return run(&writing, &work, out, err);
}

int invitation_may_create(const struct call *call, const struct id *organization_id, struct error *err)
{
    struct access access;

    return access_see(call, organization_id, PERMISSION_INVITATION_CREATE, &access, err);
}

/* What there is already */

int invitation_require_pending(const struct invitation *invitation, struct timestamp now, struct error *err)
{
    switch (invitation_status_at(invitation, now)) {
    case INVITATION_ACCEPTED:
        return error_set(err, ERR_EXISTS, N_("The invitation has been accepted already."));
    case INVITATION_DECLINED:
        return error_set(err, ERR_FORBIDDEN, N_("The invitation has been declined."));
    case INVITATION_REVOKED:
        return error_set(err, ERR_FORBIDDEN, N_("The invitation has been revoked."));
    case INVITATION_EXPIRED:
        return error_set(err, ERR_FORBIDDEN, N_("The invitation has expired; ask for another one."));
    default:
        return 0;
    }
}

int invitation_see(const struct call *call, const struct invitation_params *params, struct invitation_row *out,
                   struct principal *caller, struct error *err)
{
    const struct db_statement *statement = access_is_operator(call)
                                               ? &invitation_sql_see_as_operator
                                               : caller_statement(invitation_sql_see, &call->caller.credential);
    int found = db_query_one(call->db, statement, params, call->arena, out, err);

    if (found < 0 || access_accept(call, found == 0 ? NULL : &out->access.caller, caller, err) < 0)
        return -1;
    return found == 0 || id_is_nil(&out->invitation.id) || out->invitation.organization_name.data == NULL
               ? invitation_no_such(err)
               : 0;
}

/* Reads an invitation of the organization that the caller may change. Whoever may not learns nothing of invitations. */
static int see_for_change(struct writing *writing, enum permission permission, struct error *err)
{
    struct invitation_row row;
    struct principal caller;
    struct access access;

    if (head_lock(writing->call, &writing->params.organization_id, err) < 0 ||
        access_see(writing->call, &writing->params.organization_id, permission, &access, err) < 0 ||
        invitation_see(writing->call, &writing->params, &row, &caller, err) < 0)
        return -1;
    if (!id_equal(&row.invitation.organization_id, &writing->params.organization_id))
        return invitation_no_such(err);
    writing->invitation = row.invitation;
    writing->params.account_id = caller.account_id;
    return access_demand(&access, row.invitation.mask, err);
}

static int refuse_closed(const struct writing *writing, struct error *err)
{
    struct invitation as_stored = writing->invitation;

    as_stored.expires.us = INT64_MAX; /* one that has expired may be sent again, and taken back */
    return invitation_require_pending(&as_stored, writing->params.now, err);
}

/* The link in a mail that waits still is dead. */
static void withdraw_mail(struct db_unit *unit, const struct invitation *invitation)
{
    const struct mail_withdrawal withdrawal = {
        .kind = TEXT("invitation"),
        .organization_id = invitation->organization_id,
        .address = invitation->email,
        .since = invitation->created,
    };

    mail_withdraw(unit, &withdrawal);
}

static int plan_renewal(struct db_unit *unit, void *context, struct error *err)
{
    struct writing *writing = context;
    struct event event;
    struct timestamp before;

    if (see_for_change(writing, PERMISSION_INVITATION_CREATE, err) < 0 || refuse_closed(writing, err) < 0)
        return -1;
    before = writing->invitation.expires;
    set_end(writing, writing->invitation.days);
    writing->invitation.expires = writing->params.expires;
    withdraw_mail(unit, &writing->invitation);
    idempotency_keep(unit, writing->call, &writing->params.account_id, &writing->invitation);
    db_unit_require(unit, &invitation_sql_renew, &writing->params, ERR_FORBIDDEN, INVITATION_NOT_PENDING);
    add_mail(unit, writing);
    event = invitation_event(writing->call, "invitation.resent", &writing->params.account_id, &writing->invitation);
    event_changed_time(&event, writing->call, "expiration_date", before, writing->invitation.expires);
    event_add(unit, writing->call, &event);
    return 0;
}

int invitation_resend(const struct call *call, const struct id *organization_id, const struct id *id,
                      struct invitation *out, char link_secret[SECRET_TEXT_SIZE], struct error *err)
{
    struct writing writing = {
        .call = call,
        .params = {.caller = call->caller.credential, .id = *id, .organization_id = *organization_id, .now = call->now},
        .notifies = true,
    };
    struct db_work work = {.plan = plan_renewal, .locks = true, .context = &writing};

    make_secrets(&writing, link_secret);
    return run(&writing, &work, out, err);
}

void invitation_plan_drop(struct db_unit *unit, const struct invitation *invitation)
{
    const struct invitation_params params = {.id = invitation->id, .organization_id = invitation->organization_id};

    if (invitation->roles_made.data != NULL)
        db_unit_add(unit, &invitation_sql_drop_roles, &params);
    if (invitation->teams.data != NULL)
        db_unit_add(unit, &invitation_sql_drop_teams, &params);
    withdraw_mail(unit, invitation);
}

void invitation_plan_revocation(struct db_unit *unit, const struct call *call, const struct id *account_id,
                                const struct invitation *invitation)
{
    const struct invitation_params params = {
        .id = invitation->id,
        .organization_id = invitation->organization_id,
        .status = INVITATION_REVOKED,
        .kept_until = {call->now.us + INVITATION_KEPT_US},
    };
    struct event event = invitation_event(call, "invitation.revoked", account_id, invitation);

    db_unit_require(unit, &invitation_sql_close, &params, ERR_FORBIDDEN, INVITATION_NOT_PENDING);
    invitation_plan_drop(unit, invitation);
    event_add(unit, call, &event);
}

static int plan_revocation(struct db_unit *unit, void *context, struct error *err)
{
    struct writing *writing = context;

    if (see_for_change(writing, PERMISSION_INVITATION_DELETE, err) < 0 || refuse_closed(writing, err) < 0)
        return -1;
    invitation_plan_revocation(unit, writing->call, &writing->params.account_id, &writing->invitation);
    return 0;
}

int invitation_revoke(const struct call *call, const struct id *organization_id, const struct id *id, struct error *err)
{
    struct writing writing = {
        .call = call,
        .params = {.caller = call->caller.credential, .id = *id, .organization_id = *organization_id, .now = call->now},
    };
    struct db_work work = {.plan = plan_revocation, .locks = true, .context = &writing};

    return event_transaction(call, &work, err);
}
