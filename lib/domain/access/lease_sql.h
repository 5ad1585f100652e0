/* Leases: what one process does at a time, on whichever host and database node (orgd_leases). Their statements take
 * :holder, an id that the process makes for itself:
 *
 *     .sql = LEASE_TAKE("purge", "60 SECOND"),
 */
#ifndef ORGD_LEASE_SQL_H
#define ORGD_LEASE_SQL_H

/* Takes the lease for that long, or holds it for as long again. It changes no row if another process has it. A lease
 * that lasts longer than it can is none: the clock has been set back since. */
#define LEASE_TAKE(name, duration)                                                                                     \
    "UPDATE orgd_leases SET holder = :holder, expires = UTC_TIMESTAMP(6) + INTERVAL " duration " WHERE name = '" name  \
    "' AND (holder = :holder OR expires NOT BETWEEN UTC_TIMESTAMP(6) AND UTC_TIMESTAMP(6) + INTERVAL " duration ")"

/* Gives the lease back. `also` is one more assignment with a comma before it, or nothing. */
#define LEASE_END(name, also)                                                                                          \
    "UPDATE orgd_leases SET expires = '2000-01-01'" also " WHERE name = '" name "' AND holder = :holder"

#endif
