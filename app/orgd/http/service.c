#include "service.h"

#include <string.h>

#include "db/db_schema.h"

#define OUT_MAXIMUM (HTTP_BODY_MAXIMUM + (size_t)128 * 1024)

int service_open(struct service *service, const struct config *config, struct error *err)
{
    *service = (struct service){
        .config = config,
        .db_options =
            {
                .option_file = config->database_option_file,
                .group = "orgd",
                .timeout_s = (unsigned)config->database_timeout,
                .lock_timeout_s = (unsigned)config->lock_timeout,
                .check = db_schema_check,
            },
        .gateway = "FastCGI",
        .gateway_digest = digest_of(config->gateway_secret, strlen(config->gateway_secret)),
        .metrics_digest = digest_of(config->metrics_token, strlen(config->metrics_token)),
        .has_metrics = config_has_metrics(config),
        .answer_maximum = SIZE_MAX,
        .terms = {.issuer = config->public_url, .lifetime_s = config->access_token_lifetime},
    };
    if (token_keys_open(config->signing_keys, &service->keys, err) < 0)
        return -1;
    service->db = db_open(&service->db_options);
    service->issuers = issuers_open(config);
    service->arena = arena_open();
    faults_init(&service->faults);
    http_response_init(&service->response);
    buf_init(&service->out, OUT_MAXIMUM);
    return 0;
}

void service_close(struct service *service)
{
    buf_release(&service->out);
    http_response_release(&service->response);
    faults_release(&service->faults);
    arena_close(service->arena);
    issuers_close(service->issuers);
    db_close(service->db);
    token_keys_close(service->keys);
}
