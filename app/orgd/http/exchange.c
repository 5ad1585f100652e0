#include "exchange.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "domain/access/use.h"
#include "process/counters.h"

#define OUT_KEPT_BYTES ((size_t)256 * 1024)

static const struct http_request *read_request(struct arena *arena, char *const *environment,
                                               struct http_body_source body_source)
{
    struct http_request *request = arena_alloc(arena, sizeof(*request));

    http_request_init(request, arena, environment, body_source);
    return request;
}

static struct call make_call(struct service *service)
{
    return (struct call){
        .db = service->db,
        .arena = service->arena,
        .faults = &service->faults,
        .config = service->config,
        .keys = service->keys,
        .hashing = service->hashing,
        .now = timestamp_now(),
    };
}

void exchange_begin(struct exchange *exchange, struct service *service, char *const *environment,
                    struct http_body_source body_source)
{
    int64_t start_us = timestamp_monotonic_us();

    counters_set(COUNTER_WORKERS_BUSY, 1);
    memory_forget();
    token_keys_begin(service->keys);
    http_response_reset(&service->response);
    faults_reset(&service->faults);
    buf_reset(&service->out, OUT_KEPT_BYTES);
    *exchange = (struct exchange){
        .service = service,
        .request = read_request(service->arena, environment, body_source),
        .response = &service->response,
        .call = make_call(service),
    };
    exchange->call.actor = &exchange->actor;
    exchange->call.refusal = &exchange->refusal;
    exchange->call.action = &exchange->action;
    exchange->access = access_log_begin(exchange->request, start_us);
    request_id_choose(exchange->request, exchange->call.now, exchange->id);
    exchange->call.origin = (struct origin){
        .request_id = text_of(exchange->id),
        .address = text_of(http_request_variable(exchange->request, "REMOTE_ADDR")),
        .user_agent = text_of(http_request_variable(exchange->request, "HTTP_USER_AGENT")),
    };
    log_set_request_id(exchange->id);
}

/* The answer has been sent, whatever it was. */
static void note_use(const struct exchange *exchange)
{
    const struct id *credential_id = &exchange->actor.credential_id;

    if (exchange->service->uses != NULL && !id_is_nil(credential_id))
        use_note(&exchange->call, exchange->service->uses, credential_id);
}

static void note_memory(void)
{
    if (memory_has_run_out()) {
        counters_add(COUNTER_MEMORY_RAN_OUT, 1);
        log_error("memory ran out");
    } else if (memory_is_short()) {
        counters_add(COUNTER_MEMORY_RESERVE, 1);
        log_warning("memory is short: the reserve was used");
    }
}

/* The answer has been sent. If this fails, it is as true as before. */
static void record_refusal(struct exchange *exchange)
{
    struct error err;

    if (exchange->refusal.kind == REFUSAL_NONE)
        return;
    if (refusal_record(&exchange->call, &exchange->refusal, &err) < 0)
        log_warning("a refusal is not on record: %s", err.message);
    exchange->action = refusal_action(&exchange->refusal);
}

void exchange_end(struct exchange *exchange)
{
    const struct http_response *response = exchange->response;

    if (exchange->afterwards != NULL && response->status < 400)
        exchange->afterwards(exchange);
    record_refusal(exchange);
    note_use(exchange);
    note_memory();
    if (exchange->stream == NULL)
        access_log_write(&exchange->access, &exchange->actor, exchange->action, response->status,
                         response->body.length);
    log_set_request_id(NULL);
    arena_reset(exchange->service->arena);
    counters_set(COUNTER_WORKERS_BUSY, 0);
}
