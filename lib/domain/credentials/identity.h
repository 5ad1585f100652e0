/* Who people are to other issuers: an identity is an issuer and a subject, octet by octet, and belongs to one account.
 *
 *     struct identity identity = {.issuer = TEXT("https://idp.example.org"), .subject = TEXT("aBcDeF1")};
 *
 *     if (identity_link(call, &user.id, &identity, err) < 0)
 *         return -1;
 *
 * While it is linked it has a row of kind 'external' in orgd_credentials, under the same id. One that was unlinked
 * keeps its row of orgd_identities, without an account: its tokens open nothing, whatever the issuer's section allows,
 * until an operator links it again. */
#ifndef ORGD_IDENTITY_H
#define ORGD_IDENTITY_H

#include "domain/accounts/account.h"
#include "domain/call.h"

/* As much as OpenID Connect allows (Core, 2). */
#define IDENTITY_SUBJECT_BYTES_MAX 255

struct identity {
    struct id id;
    struct text issuer; /* its URL, as its tokens say it */
    struct text subject;
    struct id account_id; /* nil: unlinked */
    struct text username; /* of the account; without data: unlinked */
    struct timestamp linked;
};

/* True if the text can be a subject: 1 to IDENTITY_SUBJECT_BYTES_MAX bytes of UTF-8 without control characters. */
bool identity_is_subject(struct text subject);

/* Finds the row of `issuer` and `subject`: 1 and all of it, 0 if there is none, -1. */
int identity_find(const struct call *call, struct identity *identity, struct error *err) NODISCARD;

/* Link an identity that has no row yet, and fill in the rest of it: to the user whose name is the subject, octet by
 * octet; to a new user, whose address stays unverified if another account has it verified. If somebody else was
 * faster, they give what that one linked. They fail with ERR_NOT_FOUND if there is no such user; ERR_EXISTS if another
 * account has that name; ERR_VALIDATION if no user can be called so. */
int identity_link_by_name(const struct call *call, struct identity *identity, struct error *err) NODISCARD;
int identity_link_to_new(const struct call *call, const struct account *user, struct identity *identity,
                         struct error *err) NODISCARD;

/* For operators. */

/* Links the identity to the user. Fails with ERR_EXISTS if it is linked already, which says to whom, and with
 * ERR_VALIDATION if it can be no subject. */
int identity_link(const struct call *call, const struct id *account_id, struct identity *identity,
                  struct error *err) NODISCARD;

/* Unlinks it. Fails with ERR_NOT_FOUND if it is not linked to the user. */
int identity_unlink(const struct call *call, const struct id *account_id, struct identity *identity,
                    struct error *err) NODISCARD;

/* Lists the identities of an account, the oldest first, in the arena. Returns their number, or -1. */
int64_t identity_list(const struct call *call, const struct id *account_id, struct identity **out,
                      struct error *err) NODISCARD;

#endif
