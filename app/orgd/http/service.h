/* What lives as long as a worker: configuration, database connection, keys, and the memory that requests reuse. */
#ifndef ORGD_SERVICE_H
#define ORGD_SERVICE_H

#include "db/db.h"
#include "domain/config.h"
#include "domain/credentials/access_token.h"
#include "domain/credentials/issuer.h"
#include "web/faults.h"
#include "web/http_response.h"

struct service {
    const struct config *config;
    struct db_options db_options;
    struct db *db;
    struct token_keys *keys;
    struct token_terms terms;
    struct issuers *issuers; /* whose tokens count besides */
    struct arena *arena;     /* of the current request */
    struct faults faults;
    struct http_response response;
    struct buf out;
};

/* Prepares a worker; the database is connected to when it is first needed. `config` must outlive it. */
int service_open(struct service *service, const struct config *config, struct error *err) NODISCARD;
void service_close(struct service *service);

#endif
