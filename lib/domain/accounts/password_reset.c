#include "password_reset.h"

#include "account_event.h"
#include "base/text.h"
#include "domain/access/throttle.h"
#include "domain/mail/mail_templates.h"
#include "domain/name.h"
#include "password_change.h"
#include "password_reset_sql.h"
#include "password_rules.h"
#include "session.h"

int password_reset_begin(const struct call *call, const char *address, struct error *err)
{
    struct throttle throttle;

    throttle_init(&throttle, call);
    throttle_add_address(&throttle, THROTTLE_RESET_ADDRESS, address);
    return throttle_take(&throttle, err);
}

/* The mail */

struct asking {
    const struct call *call;
    const struct password_reset_row *person;
};

static void note_refusal(const struct call *call, const struct account *account, const char *reason)
{
    refusal_note(call, &(struct refusal){
                           .kind = REFUSAL_PASSWORD_RESET, .reason = reason, .subject = {account->id, account->name}});
}

/* Who signs in elsewhere has no use for a link. */
static bool signs_in_elsewhere(const struct password_reset_row *person)
{
    return !person->has_password && person->issuer.data != NULL;
}

static void add_link(struct db_unit *unit, const struct call *call, const struct account *account)
{
    const struct mail mail = {.address = account->email, .language = account->language, .useful_us = MAILED_LINK_US};
    const struct timestamp expires = {call->now.us + MAILED_LINK_US};
    const char *link = mailed_link_plan(unit, call, &mailed_link_password, account);

    password_reset_mail_add(
        unit, call, &mail,
        PASSWORD_RESET_MAIL(.username = account->name, .link = text_of(link), .expires = mail_time(call, expires)));
}

static void add_hint(struct db_unit *unit, const struct call *call, const struct password_reset_row *person)
{
    const struct account *account = &person->account;
    const struct mail mail = {.address = account->email, .language = account->language, .useful_us = MAILED_LINK_US};

    password_none_mail_add(unit, call, &mail, PASSWORD_NONE_MAIL(.username = account->name, .issuer = person->issuer));
}

static int plan_mail(struct db_unit *unit, void *context, struct error *err)
{
    const struct asking *asking = context;
    const struct account *account = &asking->person->account;
    struct event event = {.action = "user.password_reset_requested", .actor = {.type = "anonymous"}};

    (void)err;
    if (signs_in_elsewhere(asking->person))
        add_hint(unit, asking->call, asking->person);
    else
        add_link(unit, asking->call, account);
    account_own_event(&event, account);
    event_add(unit, asking->call, &event);
    return 0;
}

static int send(const struct call *call, const struct password_reset_row *person, struct error *err)
{
    struct asking asking = {call, person};
    struct db_work work = {.plan = plan_mail, .context = &asking};
    struct throttle throttle;
    char id[ID_TEXT_SIZE];

    id_format(&person->account.id, id);
    throttle_init(&throttle, call);
    throttle_add(&throttle, THROTTLE_RESET_ACCOUNT, text_of(id));
    if (throttle_take(&throttle, err) == 0)
        return event_transaction(call, &work, err);
    if (err->kind != ERR_TOO_MANY)
        return -1;
    note_refusal(call, &person->account, "too_many_requests");
    return 0;
}

int password_reset_mail(const struct call *call, struct text name, struct error *err)
{
    struct password_reset_params params;
    struct password_reset_row person;
    int found;

    if (!mail_is_set(call->config) || name.length == 0 || name.length > SESSION_USERNAME_BYTES_MAX)
        return 0;
    params.name_key = name_key(call->arena, name);
    found = db_query_one(call->db, &password_reset_sql_person, &params, call->arena, &person, err);
    if (found <= 0)
        return found;
    if (person.account.is_active && person.account.email_verified)
        return send(call, &person, err);
    note_refusal(call, &person.account, person.account.is_active ? "address_not_verified" : "account_deactivated");
    return 0;
}

/* The new password */

struct choosing {
    const struct call *call;
    struct mailed_link_visit visit;
    struct text hash;
};

static int plan_choosing(struct db_unit *unit, void *context, struct error *err)
{
    const struct choosing *choosing = context;
    const struct event_actor actor = {
        .type = "user",
        .account_id = choosing->visit.account_id,
        .credential_id = choosing->visit.id,
    };
    struct account account;

    if (mailed_link_use(unit, choosing->call, &mailed_link_password, &choosing->visit, &account, err) < 0)
        return -1;
    password_change_plan(unit, choosing->call, &actor, &account, choosing->hash);
    return 0;
}

int password_reset_set(const struct call *call, struct text secret, struct text password, struct error *err)
{
    struct choosing choosing = {.call = call};
    struct db_work work = {.plan = plan_choosing, .locks = true, .context = &choosing};
    struct password_owner owner;

    if (mailed_link_open(call, &mailed_link_password, secret, &choosing.visit, err) < 0)
        return -1;
    owner = (struct password_owner){.username = choosing.visit.username, .email = choosing.visit.email};
    if (password_check(call, password, &owner, err) < 0 ||
        password_change_hash(call, password, &choosing.hash, err) < 0)
        return -1;
    return event_transaction(call, &work, err);
}
