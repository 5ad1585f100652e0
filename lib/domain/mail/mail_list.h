/* What an operator does with mails. */
#ifndef ORGD_MAIL_LIST_H
#define ORGD_MAIL_LIST_H

#include "mail.h"
#include "mail_sql.h"

/* Lists mails of a state ("waiting", "sent", "failed"; without data: of any), the newest first, `limit` at most. `out`
 * gets an array in the arena. Returns their number, or -1. */
int64_t mail_list(const struct call *call, struct text state, int64_t limit, const struct mail_row **out,
                  struct error *err);

/* Makes a mail that waits or has failed due at once, for three more days; with a nil id, all that do. Fails with
 * ERR_NOT_FOUND if there is none, or it is of no use any more. */
int mail_retry(const struct call *call, const struct id *id, struct error *err) NODISCARD;

/* Adds a test mail, which the host that has this name asks for. */
int mail_add_test(const struct call *call, const struct mail *mail, struct text host, struct error *err) NODISCARD;

#endif
