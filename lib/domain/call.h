/* The context of a call into the domain: over which connection, with whose memory, by what rules, when, and who asks.
 */
#ifndef ORGD_CALL_H
#define ORGD_CALL_H

#include "access/caller.h"
#include "base/arena.h"
#include "db/db.h"
#include "domain/config.h"
#include "web/faults.h"

struct call {
    struct db *db;
    struct arena *arena;
    struct faults *faults; /* what validation finds; NULL where nothing is validated as JSON */
    const struct config *config;
    struct timestamp now;
    struct caller caller;
};

#endif
