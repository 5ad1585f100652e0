/* What the OAuth2 modules work with: over which connection, with whose memory, by what rules, when. */
#ifndef ORGD_OAUTH_CALL_H
#define ORGD_OAUTH_CALL_H

#include "base/arena.h"
#include "db/db.h"
#include "process/config.h"

struct oauth_call {
    struct db *db;
    struct arena *arena;
    const struct config *config;
    struct timestamp now;
};

#endif
