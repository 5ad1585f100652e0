#include "address_proof.h"

#include "account_event.h"
#include "account_private.h"
#include "base/text.h"
#include "domain/access/throttle.h"
#include "domain/mail/mail_templates.h"

int address_proof_begin(const struct call *call, const struct id *account_id, struct error *err)
{
    struct throttle throttle;
    char id[ID_TEXT_SIZE];

    id_format(account_id, id);
    throttle_init(&throttle, call);
    throttle_add(&throttle, THROTTLE_PROOF_ACCOUNT, text_of(id));
    return throttle_take(&throttle, err);
}

void address_proof_plan(struct db_unit *unit, const struct call *call, const struct event_actor *actor,
                        const struct account *account)
{
    const struct mail mail = {.address = account->email, .language = account->language, .useful_us = MAILED_LINK_US};
    const struct timestamp expires = {call->now.us + MAILED_LINK_US};
    const char *link = mailed_link_plan(unit, call, &mailed_link_address, account);
    struct event event = {.action = "user.email_verification_requested", .actor = *actor};

    address_confirm_mail_add(
        unit, call, &mail,
        ADDRESS_CONFIRM_MAIL(.username = account->name, .link = text_of(link), .expires = mail_time(call, expires)));
    account_own_event(&event, account);
    event_add(unit, call, &event);
}

/* Confirming */

struct confirming {
    const struct call *call;
    struct mailed_link_visit visit;
    bool is_planned; /* so that what is taken is the address */
};

static int plan_confirming(struct db_unit *unit, void *context, struct error *err)
{
    struct confirming *confirming = context;
    const struct event_actor actor = {
        .type = "user",
        .account_id = confirming->visit.account_id,
        .credential_id = confirming->visit.id,
    };
    struct account_params params = {.account = {.is_active = false}};
    struct account before;

    confirming->is_planned = false;
    if (mailed_link_use(unit, confirming->call, &mailed_link_address, &confirming->visit, &before, err) < 0)
        return -1;
    confirming->is_planned = true;
    params.account = before;
    params.account.email_verified = true;
    return account_plan_change(unit, confirming->call, &actor, &before, &params, err);
}

static int refuse_taken(const struct confirming *confirming, struct error *err)
{
    const struct mailed_link_visit *visit = &confirming->visit;

    refusal_note(confirming->call, &(struct refusal){.kind = REFUSAL_ADDRESS,
                                                     .reason = "address_taken",
                                                     .subject = {visit->account_id, visit->username}});
    return error_set(err, ERR_EXISTS,
                     N_("Another account has confirmed this address already, and no two may have the same one. Sign in "
                        "there, or give this account another address."));
}

int address_proof_confirm(const struct call *call, struct text secret, struct error *err)
{
    struct confirming confirming = {.call = call};
    struct db_work work = {.plan = plan_confirming, .locks = true, .context = &confirming};

    if (mailed_link_open(call, &mailed_link_address, secret, &confirming.visit, err) < 0)
        return -1;
    if (event_transaction(call, &work, err) == 0)
        return 0;
    return err->kind == ERR_EXISTS && confirming.is_planned ? refuse_taken(&confirming, err) : -1;
}
