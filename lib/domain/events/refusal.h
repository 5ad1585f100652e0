/* Refusals of whom the service knows: of an account whose password was guessed at, of a key that was used after its
 * end. The first is an event at once. Those of the next ten minutes are counted in one row, and are one event then, so
 * that strangers cannot fill the record. What names nobody is no event, and writes no row.
 *
 * The domain notes a refusal, and the program records it when the answer has been sent: so the answer takes no longer
 * for an account that exists, and is the same if this fails:
 *
 *     refusal_note(call, &(struct refusal){.kind = REFUSAL_SIGN_IN, .reason = "wrong_password", .subject = person});
 *     …
 *     if (refusal_record(call, &refusal, &err) < 0)
 *         log_warning("a refusal is not on record: %s", err.message); */
#ifndef ORGD_REFUSAL_H
#define ORGD_REFUSAL_H

#include "event.h"

enum refusal_kind {
    REFUSAL_NONE,
    REFUSAL_SIGN_IN,        /* of a user; the subject is the account */
    REFUSAL_PASSWORD_RESET, /* of a link to choose a new password, or of the wish for one; likewise */
    REFUSAL_ADDRESS,        /* of a link that proves an address; likewise */
    REFUSAL_API_KEY,        /* of a key, or of an access token made of it */
    REFUSAL_PERSONAL_TOKEN, /* likewise */
    REFUSAL_GRANT,          /* of an access token of a grant */
    REFUSAL_CLIENT,         /* of a client that could not prove who it is */
    REFUSAL_ACCESS_TOKEN,   /* of a token that nobody knows: no event */
};

struct refusal {
    enum refusal_kind kind;
    const char *reason; /* NULL: it is not known */
    /* What was proved, and does not count. Whose it is, refusal_record() finds. A nil id: it is no credential. */
    struct credential credential;
    struct event_party subject;      /* nil: nobody whom the service knows */
    struct event_party account;      /* of a key or grant */
    struct event_party organization; /* of a service account's key */
};

/* Notes who is refused, for refusal_record() and for the access line. */
void refusal_note(const struct call *call, const struct refusal *refusal);

/* The same of a credential that its bearer has presented, and that does not count. */
void refusal_note_credential(const struct call *call, const struct credential *credential);

/* The action of its event; NULL if there is no refusal. */
const char *refusal_action(const struct refusal *refusal);

/* Counts the refusal, and writes the event if it is the first in ten minutes. Does nothing if the service knows nobody
 * who was refused. Sets the kind of what was found. */
int refusal_record(const struct call *call, struct refusal *refusal, struct error *err) NODISCARD;

/* Writes the events of what was counted, and forgets what is over, a piece of either. Call it now and then; `call`
 * needs no caller. Returns 1 if there may be more, else 0; -1 on failure. */
int refusal_flush(const struct call *call, struct error *err) NODISCARD;

#endif
