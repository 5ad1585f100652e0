/* Mails that tell people what became of their account, so that they notice what they did not do. */
#ifndef ORGD_ACCOUNT_MAIL_H
#define ORGD_ACCOUNT_MAIL_H

#include "account.h"

/* Add the mail to a transaction, if the account has a verified address. */
void account_mail_password_changed(struct db_unit *unit, const struct call *call, const struct account *account);

/* To the address that the account had before. */
void account_mail_address_changed(struct db_unit *unit, const struct call *call, const struct account *before);

#endif
