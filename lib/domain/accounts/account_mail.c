#include "account_mail.h"

#include "base/text.h"
#include "domain/mail/mail_templates.h"

static struct mail mail_to(const struct account *account)
{
    struct mail mail = {.language = account->language};

    if (account->email_verified)
        mail.address = account->email;
    return mail;
}

void account_mail_password_changed(struct db_unit *unit, const struct call *call, const struct account *account)
{
    const struct mail mail = mail_to(account);
    const char *forgotten = arena_printf(call->arena, "%s/account/forgotten-password", call->config->public_url);

    password_changed_mail_add(unit, call, &mail,
                              PASSWORD_CHANGED_MAIL(.username = account->name, .time = mail_time(call, call->now),
                                                    .forgotten = text_of(forgotten)));
}

void account_mail_address_changed(struct db_unit *unit, const struct call *call, const struct account *before)
{
    const struct mail mail = mail_to(before);

    address_changed_mail_add(
        unit, call, &mail,
        ADDRESS_CHANGED_MAIL(.username = before->name, .email = before->email, .time = mail_time(call, call->now)));
}
