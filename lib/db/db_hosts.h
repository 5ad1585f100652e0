/* The hosts that may have the database, in the order in which a worker likes them. What has failed is tried last for a
 * while, so that a host that does not answer is not waited for again and again. */
#ifndef ORGD_DB_HOSTS_H
#define ORGD_DB_HOSTS_H

#include "base/error.h"

#define DB_HOSTS_MAX 16
#define DB_HOSTS_TEXT_MAX 1024

struct db_host {
    const char *name;       /* NULL: as the option file says otherwise, by a socket for example */
    unsigned port;          /* 0: the option file's */
    int64_t avoid_until_us; /* monotonic */
};

/* Zeroed, it is ready for db_hosts_set(). */
struct db_hosts {
    char text[DB_HOSTS_TEXT_MAX]; /* as the option file has it */
    char names[DB_HOSTS_TEXT_MAX];
    struct db_host list[DB_HOSTS_MAX];
    size_t count;
};

/* Takes the option file's `host`: NULL, one host, or several as Connector/C reads them: "a,b:3307,[::1]:3308". What has
 * been learned about hosts is forgotten when the text is another one than before. */
int db_hosts_set(struct db_hosts *hosts, const char *text, struct error *err) NODISCARD;

/* All indexes of `list`, in the order in which to try them. */
void db_hosts_order(const struct db_hosts *hosts, int64_t now_us, size_t out[DB_HOSTS_MAX]);

/* This one has failed now. */
void db_hosts_avoid(struct db_hosts *hosts, size_t index, int64_t now_us);

#endif
