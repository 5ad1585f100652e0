/* The hosts that may have the database, in the order of the option file. After a failure a host is tried last for a
 * while, so that nobody waits again and again for a host that does not answer. */
#ifndef ORGD_DB_HOSTS_H
#define ORGD_DB_HOSTS_H

#include "base/error.h"

#define DB_HOSTS_MAX 16
#define DB_HOSTS_TEXT_MAX 1024

struct db_host {
    const char *name;       /* NULL: the option file says it in another way, such as by a socket */
    unsigned port;          /* 0: the option file's */
    int64_t avoid_until_us; /* monotonic */
};

/* A zeroed list is ready for db_hosts_set(). */
struct db_hosts {
    char text[DB_HOSTS_TEXT_MAX]; /* as the option file has it */
    char names[DB_HOSTS_TEXT_MAX];
    struct db_host list[DB_HOSTS_MAX];
    size_t count;
};

/* Takes the option file's `host`: NULL, one host, or several in the form of Connector/C: "a,b:3307,[::1]:3308". If the
 * text has changed, forgets what was learned about the hosts. */
int db_hosts_set(struct db_hosts *hosts, const char *text, struct error *err) NODISCARD;

/* Writes all indexes of `list`, in the order in which to try them. */
void db_hosts_order(const struct db_hosts *hosts, int64_t now_us, size_t out[DB_HOSTS_MAX]);

/* Notes that this host has failed now. */
void db_hosts_avoid(struct db_hosts *hosts, size_t index, int64_t now_us);

#endif
