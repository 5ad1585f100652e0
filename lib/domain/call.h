/* The context of a call into the domain: the database connection, the memory, the configuration, the time and the
 * caller. */
#ifndef ORGD_CALL_H
#define ORGD_CALL_H

#include "access/caller.h"
#include "base/arena.h"
#include "db/db.h"
#include "domain/config.h"
#include "process/slots.h"
#include "web/faults.h"

struct idempotency;
struct refusal;

/* Where a call comes from, as it is recorded with what the call does. Without data: unknown, or none. */
struct origin {
    struct text request_id;
    struct text address;       /* of the client, as the web server says it; any octets */
    struct text user_agent;    /* any octets */
    struct text operator_name; /* of an operator: the login name and the host */
};

struct token_keys;

struct call {
    struct db *db;
    struct arena *arena;
    struct faults *faults; /* what validation finds; NULL if the input is not JSON */
    const struct config *config;
    struct token_keys *keys; /* of the tokens that this service issues; NULL: none are needed */
    struct slots *hashing;   /* limits how many passwords are hashed at a time; NULL: nothing does */
    struct timestamp now;
    struct caller caller;
    struct origin origin;
    struct actor *actor;                   /* gets whose credential counted; NULL: nobody wants to know */
    struct refusal *refusal;               /* gets who was refused (events/refusal.h); NULL: likewise */
    const char **action;                   /* gets what is on record about this call; NULL: likewise */
    const struct idempotency *idempotency; /* of a POST that may be repeated; NULL: no key was sent */
};

#endif
