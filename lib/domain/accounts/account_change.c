/* How accounts change. An operator's row is locked before it is read, a caller's is written on condition of the
 * revision that was read, so that what is on record is what was there. */
#include <string.h>

#include "account_event.h"
#include "account_mail.h"
#include "account_private.h"
#include "base/text.h"
#include "domain/address.h"
#include "domain/name.h"
#include "password_change.h"
#include "session.h"

/* What a change makes of an account */

/* The same address stays verified, in whatever case it is written. */
static void apply_address(const struct call *call, const struct account_change *change, bool is_trusted,
                          struct account *account)
{
    struct text verified = address_key(call->arena, account->email, account->email_verified);

    if (change->given.email) {
        account->email = change->value.email;
        account->email_verified = is_trusted || (verified.data != NULL &&
                                                 text_equal(verified, address_key(call->arena, account->email, true)));
    }
    if (change->given.email_verified && (is_trusted || !change->given.email))
        account->email_verified = change->value.email_verified;
    account->email_verified &= account->email.data != NULL;
}

void account_apply(const struct call *call, const struct account_change *change, bool is_trusted,
                   struct account *account)
{
#define APPLY(member)                                                                                                  \
    if (change->given.member)                                                                                          \
        account->member = change->value.member;
    APPLY(name)
    APPLY(full_name)
    APPLY(avatar_url)
    APPLY(company)
    APPLY(job_title)
    APPLY(metadata)
    APPLY(language)
    APPLY(time_zone)
    APPLY(description)
    APPLY(is_active)
    APPLY(is_superuser)
    APPLY(organization_limit)
#undef APPLY
    apply_address(call, change, is_trusted, account);
}

static bool has_same_profile(const struct account *a, const struct account *b)
{
    return text_is_same(a->avatar_url, b->avatar_url) && text_is_same(a->company, b->company) &&
           text_is_same(a->job_title, b->job_title) && text_is_same(a->metadata, b->metadata) &&
           text_is_same(a->language, b->language) && text_is_same(a->time_zone, b->time_zone) &&
           text_is_same(a->description, b->description);
}

bool account_has_profile(const struct account *account)
{
    static const struct account nothing;

    return !has_same_profile(account, &nothing);
}

/* A user name with "@" is taken for an address where people sign in, whichever of the signs with this key it has. */
static bool has_foreign_address(const struct call *call, const struct account *account)
{
    struct text address = address_key(call->arena, account->email, account->email_verified);
    struct text key = text_key(call->arena, account->name);

    return !account->is_service && key.length > 0 && memchr(key.data, '@', key.length) != NULL &&
           (address.data == NULL || !text_equal(address, key));
}

int account_check_name(const struct call *call, const struct account *before, const struct account *after,
                       struct error *err)
{
    if (!has_foreign_address(call, after))
        return 0;
    if (before != NULL && text_equal(before->name, after->name)) {
        if (has_foreign_address(call, before))
            return 0; /* since before there was this rule */
        return error_set(err, ERR_VALIDATION,
                         "the user name is the address that is to change; give the user another name first");
    }
    return error_set(err, ERR_VALIDATION, "a user name with @ must be a verified address of the same user");
}

/* Events */

/* Deactivating and activating are events of their own. */
static void record_fields(struct db_unit *unit, const struct call *call, const struct event_actor *actor,
                          const struct account *before, const struct account *after)
{
    struct account between = *after;
    struct event event;

    between.is_active = before->is_active;
    event = account_event(call, &account_updated, before, &between);
    event.actor = *actor;
    if (event.change_count > 0)
        event_add(unit, call, &event);
}

static void record_standing(struct db_unit *unit, const struct call *call, const struct event_actor *actor,
                            const struct account *before, const struct account *after)
{
    struct account between = *after;
    struct event event;

    if (before->is_active == after->is_active)
        return;
    between.is_active = before->is_active;
    event = account_event(call, after->is_active ? &account_activated : &account_deactivated, &between, after);
    event.actor = *actor;
    event_add(unit, call, &event);
}

/* Writes */

/* True if the verified address is not that of the account any more, however it is written. */
static bool loses_address(const struct call *call, const struct account *before, const struct account *after)
{
    struct text lost = address_key(call->arena, before->email, before->email_verified);
    struct text key = address_key(call->arena, after->email, true);

    return lost.data != NULL && (key.data == NULL || !text_equal(lost, key));
}

static bool has_changed(const struct call *call, const struct account *before, const struct account *after)
{
    return account_event(call, &account_updated, before, after).change_count > 0;
}

int account_plan_change(struct db_unit *unit, const struct call *call, const struct event_actor *actor,
                        const struct account *before, struct account_params *params, struct error *err)
{
    struct account *after = &params->account;

    if (!has_changed(call, before, after))
        return 0;
    if (account_check_name(call, before, after, err) < 0)
        return -1;
    after->revision++;
    after->updated.us = call->now.us > before->updated.us ? call->now.us : before->updated.us + 1;
    params->now = call->now;
    params->name_key = name_key(call->arena, after->name);
    params->email_key = address_key(call->arena, after->email, after->email_verified);
    db_unit_expect(unit, &account_sql_change, params);
    if (!has_same_profile(before, after))
        db_unit_add(unit, &account_sql_set_profile, params);
    if (after->is_superuser != before->is_superuser)
        db_unit_add(unit, &account_sql_set_superuser, params);
    if (before->is_active && !after->is_active)
        session_end_all(unit, &after->id, call->now);
    record_fields(unit, call, actor, before, after);
    record_standing(unit, call, actor, before, after);
    if (loses_address(call, before, after))
        account_mail_address_changed(unit, call, before);
    return 0;
}

/* For operators */

struct planned_change {
    const struct call *call;
    struct id id;
    const struct account_change *change;
    struct account_params params; /* of what the last plan wanted to write */
};

static int plan_change(struct db_unit *unit, void *context, struct error *err)
{
    struct planned_change *planned = context;
    struct account_params *params = &planned->params;
    struct event_actor actor = event_operator(planned->call);
    struct account before;

    if (account_lock(planned->call, &planned->id, &before, err) < 0)
        return -1;
    *params = (struct account_params){.account = before};
    account_apply(planned->call, planned->change, true, &params->account);
    if (account_plan_change(unit, planned->call, &actor, &before, params, err) < 0)
        return -1;
    if (planned->change->password_hash.data != NULL)
        password_change_plan(unit, planned->call, &actor, &params->account, planned->change->password_hash);
    return 0;
}

int account_change(const struct call *call, const struct id *id, const struct account_change *change, struct error *err)
{
    struct planned_change planned = {.call = call, .id = *id, .change = change};
    struct db_work work = {.plan = plan_change, .locks = true, .context = &planned};

    if (account_check_details(&change->value, err) < 0)
        return -1;
    if (event_transaction(call, &work, err) == 0)
        return 0;
    return err->kind == ERR_EXISTS ? account_refuse_duplicate(call, &planned.params, err) : -1;
}

int account_rename(const struct call *call, const struct id *id, const char *name, struct error *err)
{
    struct account_change change = {.given.name = true};
    struct name accepted;

    if (name_accept(call->arena, text_of(name), ACCOUNT_NAME_LENGTH_MAX, &accepted, err) < 0)
        return -1;
    change.value.name = accepted.text;
    return account_change(call, id, &change, err);
}

int account_set_active(const struct call *call, const struct id *id, bool is_active, struct error *err)
{
    const struct account_change change = {.value.is_active = is_active, .given.is_active = true};

    return account_change(call, id, &change, err);
}
