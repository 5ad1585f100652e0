/* Mails. What a transaction does, it may tell somebody by a mail, which becomes a row of the same transaction; a
 * courier, or 'orgctl deliver', sends it when that is committed. So no mail tells what did not take place, and none is
 * lost.
 *
 * A mail is two templates beside each other, welcome.txt and welcome.html, named in `mails` of Makefile.am; their holes
 * are the members of a struct. The plan of the transaction adds it:
 *
 *     const struct mail mail = {.address = account->email, .language = account->language, .useful_us = HOUR_US};
 *
 *     welcome_mail_add(unit, call, &mail, WELCOME_MAIL(.name = account->name, .link = link));
 *
 * and the file includes "domain/mail/mail_templates.h". A link is absolute, and begins with public_url. Where no
 * mail_server is set nothing is added; ask mail_is_set() where people should hear of that. A row knows what is in its
 * mail until that is sent: a link that opens something should end soon, and work once. */
#ifndef ORGD_MAIL_H
#define ORGD_MAIL_H

#include "db/db_unit.h"
#include "domain/call.h"
#include "web/catalogue.h"
#include "web/holes.h"

/* After so long without success a mail is given up. */
#define MAIL_TRIED_US (3 * S_PER_DAY * US_PER_S)

/* Members make an organization send mails, to whom they like and with its name in them. So it sends so many within 24
 * hours, and so many of them to one address. */
#define MAIL_OF_ORGANIZATION_MAX 1000
#define MAIL_TO_ONE_MAX 5

/* To whom, and until when. */
struct mail {
    struct text address;       /* one that address_check() takes; without data there is no mail */
    struct text language;      /* the language of its texts (RFC 5646); without data: English */
    int64_t useful_us;         /* for how long what it says is of use, and it is sent; 0: for ever */
    struct id organization_id; /* for which it is sent; nil: the service's own, which whoever causes it limits */
};

/* True if this service sends mails. */
bool mail_is_set(const struct config *config);

/* True if couriers send them: mail_server is no program, which they may not start. */
bool mail_is_for_couriers(const struct config *config);

/* Returns a time in UTC as people write it, to the minute, in the arena. */
struct text mail_time(const struct call *call, struct timestamp time);

/* For the generated functions. */

/* What templates call {{frame.…}}. */
struct mail_frame {
    const struct catalogue *catalogue;
    struct text language;
    struct text service; /* who sends it: the operator, or the service */
    struct text address; /* of the service */
};

struct mail_texts {
    struct text language;
    struct text subject;
    struct text text;
    struct text html;
};

struct mail_writing {
    struct buf subject, text, html;
};

struct mail_frame mail_frame_of(const struct call *call, const struct mail *mail);
struct mail_writing mail_begin(void);

/* Adds a text as it is, but controls become blanks: a name cannot make lines of its own. */
void mail_add_plain(struct buf *out, struct text text);

/* Returns what was written, in the arena. If memory ran out, it notes that (memory.h), and nothing is committed. */
struct mail_texts mail_end(const struct call *call, const struct mail *mail, struct mail_writing *writing);

/* Adds the row. `kind` is the name of the template. The transaction fails with ERR_TOO_MANY if the organization has
 * sent as many as it may; it counts exactly where the head of the organization is locked. */
void mail_add(struct db_unit *unit, const struct call *call, const struct mail *mail, const char *kind,
              const struct mail_texts *texts);

/* The mails of a kind that an organization has sent to an address since a time. */
struct mail_withdrawal {
    struct text kind;
    struct id organization_id;
    struct text address;
    struct timestamp since;
};

/* Removes those that wait still, because what they say is of no use any more. One that is being sent may arrive. */
void mail_withdraw(struct db_unit *unit, const struct mail_withdrawal *withdrawal);

#endif
