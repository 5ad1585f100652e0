#include "domain/organizations/invitation.h"

#include "base/arena.h"
#include "base/jsonw.h"
#include "base/memory.h"
#include "http/handlers.h"
#include "http/resource.h"

/* An answer that may be kept: it holds no secret. */
static void answer_kept(const void *context, struct http_response *out, const void *result)
{
    const struct exchange *exchange = context;

    invitation_write_json(&out->body, result, NULL, exchange->call.now);
}

static void answer_with_link(struct exchange *exchange, const struct invitation *invitation, const char *secret)
{
    invitation_write_json(&exchange->response->body, invitation, invitation_link(&exchange->call, secret),
                          exchange->call.now);
}

int handle_create_invitation(struct exchange *exchange, struct error *err)
{
    char secret[SECRET_TEXT_SIZE];
    struct invitation_input input;
    struct invitation invitation;
    struct id organization_id = {{0}};
    json_t *body;

    exchange->idempotency.answer = answer_kept;
    resource_read_id(exchange, 0, "organization_id", &organization_id);
    if (resource_read_body(exchange, &body, err) < 0 ||
        invitation_input_from_body(&exchange->call, body, &input, err) < 0 ||
        invitation_create(&exchange->call, &organization_id, &input, &invitation, secret, err) < 0)
        return -1;
    answer_with_link(exchange, &invitation, secret);
    memory_wipe(secret, sizeof(secret));
    return 0;
}

static int read_ids(struct exchange *exchange, struct id *organization_id, struct id *id, struct error *err)
{
    resource_read_id(exchange, 0, "organization_id", organization_id);
    resource_read_id(exchange, 1, "invitation_id", id);
    return faults_result(&exchange->service->faults, err);
}

int handle_resend_invitation(struct exchange *exchange, struct error *err)
{
    char secret[SECRET_TEXT_SIZE];
    struct id organization_id = {{0}};
    struct id id = {{0}};
    struct invitation invitation;

    exchange->idempotency.answer = answer_kept;
    if (read_ids(exchange, &organization_id, &id, err) < 0 ||
        invitation_resend(&exchange->call, &organization_id, &id, &invitation, secret, err) < 0)
        return -1;
    answer_with_link(exchange, &invitation, secret);
    memory_wipe(secret, sizeof(secret));
    return 0;
}

int handle_revoke_invitation(struct exchange *exchange, struct error *err)
{
    struct id organization_id = {{0}};
    struct id id = {{0}};

    if (read_ids(exchange, &organization_id, &id, err) < 0 ||
        invitation_revoke(&exchange->call, &organization_id, &id, err) < 0)
        return -1;
    buf_add_literal(&exchange->response->body, "null");
    return 0;
}

static int answer_list(struct exchange *exchange, const struct invitation_filter *filter, const struct field *fields,
                       const char *path, struct error *err)
{
    struct page page;

    if (invitation_list(&exchange->call, filter, &exchange->response->body, &page, err) < 0)
        return -1;
    resource_add_page(exchange, fields, filter, path, &page);
    return 0;
}

int handle_list_invitations(struct exchange *exchange, struct error *err)
{
    struct invitation_filter filter;
    struct id organization_id = {{0}};
    char text[ID_TEXT_SIZE];

    resource_read_id(exchange, 0, "organization_id", &organization_id);
    if (invitation_filter_from_query(&exchange->call, INVITATIONS_OF_ORGANIZATION, &exchange->request->query, &filter,
                                     err) < 0)
        return -1;
    filter.organization_id = organization_id;
    id_format(&organization_id, text);
    return answer_list(exchange, &filter, invitation_list_fields,
                       arena_printf(exchange->call.arena, "/organizations/%s/invitations", text), err);
}

int handle_list_own_invitations(struct exchange *exchange, struct error *err)
{
    struct invitation_filter filter;

    if (invitation_filter_from_query(&exchange->call, INVITATIONS_OF_CALLER, &exchange->request->query, &filter, err) <
        0)
        return -1;
    return answer_list(exchange, &filter, own_invitation_list_fields, "/invitations", err);
}

int handle_get_invitation(struct exchange *exchange, struct error *err)
{
    struct invitation invitation;
    struct id id = {{0}};

    resource_read_id(exchange, 0, "invitation_id", &id);
    if (faults_result(&exchange->service->faults, err) < 0 ||
        invitation_get(&exchange->call, &id, &invitation, err) < 0)
        return -1;
    answer_kept(exchange, exchange->response, &invitation);
    return 0;
}

static void answer_decision(const void *context, struct http_response *out, const void *result)
{
    (void)context;
    jsonw_id(&out->body, result);
}

int handle_decide_invitation(struct exchange *exchange, struct error *err)
{
    struct id organization_id;
    struct id id = {{0}};
    bool is_accepted;

    exchange->idempotency.answer = answer_decision;
    resource_read_id(exchange, 0, "invitation_id", &id);
    if (invitation_decision_from_query(&exchange->call, &exchange->request->query, &is_accepted, err) < 0 ||
        invitation_decide(&exchange->call, &id, is_accepted, &organization_id, err) < 0)
        return -1;
    answer_decision(exchange, exchange->response, &organization_id);
    return 0;
}
