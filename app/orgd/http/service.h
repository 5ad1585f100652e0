/* What lives as long as a worker: configuration, database connection, keys, and memory that requests reuse. */
#ifndef ORGD_SERVICE_H
#define ORGD_SERVICE_H

#include "base/digest.h"
#include "db/db.h"
#include "domain/config.h"
#include "domain/credentials/access_token.h"
#include "domain/credentials/issuer.h"
#include "process/hourly.h"
#include "web/faults.h"
#include "web/http_response.h"

struct service {
    const struct config *config;
    struct db_options db_options;
    struct db *db;
    struct token_keys *keys;
    struct token_terms terms;
    struct issuers *issuers;      /* other issuers whose access tokens are accepted */
    const char *gateway;          /* how requests come: "FastCGI" or "CGI" */
    struct digest gateway_digest; /* of the gateway_secret */
    struct digest metrics_digest; /* of the metrics_token */
    bool has_metrics;             /* /metrics is there for who bears the token */
    bool has_counters;            /* all workers count together */
    struct slots *hashing;        /* limits how many passwords are hashed at a time; NULL: nothing does */
    struct hourly *uses;          /* what was used in this hour; NULL: nobody notes it */
    struct arena *arena;          /* of the current request */
    struct faults faults;
    struct http_response response;
    struct buf out;
    bool may_stream;       /* a long list may be sent as a stream (stream.h) */
    bool collects;         /* or is made at once, however long it is: what breaks off would look whole */
    size_t answer_maximum; /* a longer answer to a request that only reads is refused: slow clients hold others */
};

/* Prepares a worker. It connects to the database when a request first needs it. `config` must outlive the service. */
int service_open(struct service *service, const struct config *config, struct error *err) NODISCARD;
void service_close(struct service *service);

#endif
