/* Links that are mailed to the address of an account: to choose a new password, and to prove that the address is the
 * account's. A link works once, for an hour, while the account is active and the address is what it was. The next one
 * of its kind takes its place, and a new password or a deactivation ends it.
 *
 * Whoever plans to send one adds it beside the mail, in a transaction in which the account's row is locked or written:
 *
 *     const char *link = mailed_link_plan(unit, call, &mailed_link_password, &account);
 *
 * Who follows it is shown a page first, since programs that look through mails open links, too:
 *
 *     if (mailed_link_open(call, &mailed_link_password, secret, &visit, err) < 0)
 *         return -1;
 *
 * and what the person then does begins with mailed_link_use(). */
#ifndef ORGD_MAILED_LINK_H
#define ORGD_MAILED_LINK_H

#include "account.h"
#include "domain/events/refusal.h"

#define MAILED_LINK_US US_PER_HOUR

/* What a link is for. */
struct mailed_link_kind {
    const char *name;   /* in the database */
    const char *prefix; /* of its secret */
    const char *path;   /* of its page */
    enum refusal_kind refusal;
    const struct db_statement *insert;
};

extern const struct mailed_link_kind mailed_link_password; /* to a verified address */
extern const struct mailed_link_kind mailed_link_address;  /* to one that is not verified yet */

/* A link that somebody has followed. */
struct mailed_link_visit {
    struct id id;
    struct id account_id;
    struct digest digest;
    struct text username;
    struct text email;     /* where it was mailed to */
    struct text email_key; /* what makes addresses the same */
};

/* Adds a new link for the account, and returns its URL, in the arena. If the account is not active any more or has
 * another address, the transaction fails with ERR_NOT_FOUND. */
const char *mailed_link_plan(struct db_unit *unit, const struct call *call, const struct mailed_link_kind *kind,
                             const struct account *account);

/* Finds the link of a secret. Fails with ERR_NOT_FOUND if there is none, or if it does not count any more; the latter
 * is noted as a refusal. */
int mailed_link_open(const struct call *call, const struct mailed_link_kind *kind, struct text secret,
                     struct mailed_link_visit *out, struct error *err) NODISCARD;

/* Uses the link up, in the plan of a transaction that locks: locks and reads the account, and adds the end of the link.
 * Fails like mailed_link_open(). */
int mailed_link_use(struct db_unit *unit, const struct call *call, const struct mailed_link_kind *kind,
                    const struct mailed_link_visit *visit, struct account *out, struct error *err) NODISCARD;

#endif
