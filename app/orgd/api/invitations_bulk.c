#include "base/arena.h"
#include "base/jsonw.h"
#include "base/memory.h"
#include "domain/organizations/invitation.h"
#include "http/handlers.h"
#include "http/problem.h"
#include "http/resource.h"

/* Many invitations by one request. Each is made, or refused, as if it were sent alone, in a transaction of its own. So
 * a repetition with an Idempotency-Key goes on where the first request was cut off. */

struct bulk {
    struct exchange *exchange;
    struct id organization_id;
    const struct invitation_input *inputs;
    size_t count;
    bool is_replayed;
};

/* What is kept of one: it holds no secret. */
static void answer_kept(const void *context, struct http_response *out, const void *result)
{
    const struct exchange *exchange = context;

    invitation_write_json(&out->body, result, NULL, exchange->call.now);
}

/* Makes one, and writes it. */
static int make(const struct call *call, const struct bulk *bulk, const struct invitation_input *input, struct buf *out,
                struct error *err)
{
    char secret[SECRET_TEXT_SIZE];
    struct invitation invitation;

    if (invitation_create(call, &bulk->organization_id, input, &invitation, secret, err) < 0)
        return -1;
    invitation_write_json(out, &invitation, invitation_link(call, secret), call->now);
    memory_wipe(secret, sizeof(secret));
    return 0;
}

/* The same, or writes what the first request with this key has made. */
static int make_once(struct bulk *bulk, size_t number, struct buf *out, struct error *err)
{
    struct call call = bulk->exchange->call;
    struct idempotency part;
    struct http_response first;
    int found;

    if (call.idempotency == NULL)
        return make(&call, bulk, &bulk->inputs[number], out, err);
    part = idempotency_of_part(call.idempotency, number);
    call.idempotency = &part;
    if (make(&call, bulk, &bulk->inputs[number], out, err) == 0)
        return 0;
    http_response_init(&first);
    found = idempotency_recall(&call, &first, err);
    if (found > 0)
        buf_add(out, first.body.data, first.body.length);
    http_response_release(&first);
    if (found == 0)
        return make(&call, bulk, &bulk->inputs[number], out, err);
    bulk->is_replayed |= found > 0;
    return found < 0 ? -1 : 0;
}

/* Whether the others would be refused for the same reason, which is none of this one's. */
static bool is_about_all(enum error_kind kind)
{
    return kind == ERR_UNAVAILABLE || kind == ERR_UNAUTHORIZED || kind == ERR_IN_PROGRESS;
}

/* Writes what became of one: `made` is the invitation, or `err` says why there is none. */
static void write_outcome(struct buf *out, struct text email, const struct buf *made, const struct error *err)
{
    buf_add_char(out, '{');
    jsonw_key(out, "email");
    jsonw_text(out, email);
    jsonw_key(out, "status");
    buf_add_int(out, err == NULL ? 200 : error_status(err->kind));
    jsonw_key(out, "invitation");
    if (err == NULL)
        buf_add(out, made->data, made->length);
    else
        buf_add_literal(out, "null");
    jsonw_key(out, "error");
    if (err == NULL) {
        buf_add_literal(out, "null");
    } else {
        buf_add_char(out, '{');
        problem_write_detail(out, err);
        buf_add_char(out, '}');
    }
    buf_add_char(out, '}');
}

/* Fails if nothing was made for a reason that is about all. */
static int make_all(struct bulk *bulk, struct error *err)
{
    struct buf *out = &bulk->exchange->response->body;
    CLEANUP(buf_release) struct buf made;
    bool is_over = false;

    buf_init(&made, SIZE_MAX);
    buf_add_char(out, '[');
    for (size_t i = 0; i < bulk->count; i++) {
        bool is_made;

        buf_reset(&made, SIZE_MAX);
        is_made = !is_over && make_once(bulk, i, &made, err) == 0;
        is_over = !is_made && is_about_all(err->kind);
        if (is_over && i == 0)
            return -1;
        if (i > 0)
            buf_add_char(out, ',');
        write_outcome(out, bulk->inputs[i].email, &made, is_made ? NULL : err);
    }
    buf_add_char(out, ']');
    return 0;
}

int handle_create_invitations(struct exchange *exchange, struct error *err)
{
    struct bulk bulk = {.exchange = exchange};
    struct field_list inputs;
    json_t *body;

    exchange->idempotency.answer = answer_kept;
    resource_read_id(exchange, 0, "organization_id", &bulk.organization_id);
    if (resource_read_body(exchange, &body, err) < 0 ||
        invitations_from_body(&exchange->call, body, &inputs, err) < 0 ||
        invitation_may_create(&exchange->call, &bulk.organization_id, err) < 0 ||
        idempotency_begin(&exchange->call, err) < 0)
        return -1;
    bulk.inputs = inputs.items;
    bulk.count = inputs.count;
    if (make_all(&bulk, err) < 0)
        return -1;
    if (bulk.is_replayed)
        http_response_header(exchange->response, "Idempotency-Replayed", "true");
    return 0;
}
