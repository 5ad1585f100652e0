/* Shared by the files of the module team alone. */
#ifndef ORGD_TEAM_PRIVATE_H
#define ORGD_TEAM_PRIVATE_H

#include "db/db_unit.h"
#include "team_sql.h"

/* A team, where it is, what it gives, and what the caller may do there. */
struct team_seen {
    struct access access;
    struct text organization; /* its name */
    struct team team;
    int64_t mask;
};

/* Reads caller and team at once, and checks the caller's permission. */
int team_see(const struct call *call, const struct id *id, enum permission permission, struct team_seen *out,
             struct error *err) NODISCARD;

/* The same behind the lock of the head of its organization (head.h). */
int team_enter(const struct call *call, const struct id *id, enum permission permission, struct team_seen *out,
               struct error *err) NODISCARD;

#endif
