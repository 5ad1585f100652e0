#include "base/arena.h"
#include "domain/organizations/assignment.h"
#include "domain/organizations/member.h"
#include "http/handlers.h"
#include "http/resource.h"

/* Who has which role in an organization: its members, and the assignments of one role. */

int handle_list_members(struct exchange *exchange, struct error *err)
{
    struct id organization_id = {{0}};
    struct member_filter filter;
    char text[ID_TEXT_SIZE];
    struct page page;

    resource_read_id(exchange, 0, "organization_id", &organization_id);
    if (member_filter_from_query(&exchange->call, &exchange->request->query, &filter, err) < 0 ||
        member_list(&exchange->call, &organization_id, &filter, &exchange->response->body, &page, err) < 0)
        return -1;
    id_format(&organization_id, text);
    resource_add_page(exchange, member_list_fields, &filter,
                      arena_printf(exchange->call.arena, "/organizations/%s/members", text), &page);
    return 0;
}

int handle_remove_member(struct exchange *exchange, struct error *err)
{
    struct id organization_id = {{0}};
    struct id account_id;

    resource_read_id(exchange, 0, "organization_id", &organization_id);
    if (member_id_from_query(&exchange->call, &exchange->request->query, &account_id, err) < 0 ||
        member_remove(&exchange->call, &organization_id, &account_id, err) < 0)
        return -1;
    buf_add_literal(&exchange->response->body, "null");
    return 0;
}

int handle_list_assignments(struct exchange *exchange, struct error *err)
{
    struct assignment_filter filter;
    struct id role_id = {{0}};
    char text[ID_TEXT_SIZE];
    struct page page;

    resource_read_id(exchange, 0, "role_id", &role_id);
    if (assignment_filter_from_query(&exchange->call, &exchange->request->query, &filter, err) < 0 ||
        assignment_list(&exchange->call, &role_id, &filter, &exchange->response->body, &page, err) < 0)
        return -1;
    id_format(&role_id, text);
    resource_add_page(exchange, assignment_list_fields, &filter,
                      arena_printf(exchange->call.arena, "/roles/%s/assignments", text), &page);
    return 0;
}

static void answer_assignment(const void *context, struct http_response *out, const void *result)
{
    const struct exchange *exchange = context;

    assignment_write_json(&out->body, result, exchange->call.now);
}

int handle_assign_role(struct exchange *exchange, struct error *err)
{
    struct assignment assignment;
    struct id role_id = {{0}};
    struct holder holder;

    exchange->idempotency.answer = answer_assignment;
    resource_read_id(exchange, 0, "role_id", &role_id);
    if (assignment_holder_from_query(&exchange->call, &exchange->request->query, &holder, err) < 0 ||
        assignment_create(&exchange->call, &role_id, &holder, &assignment, err) < 0)
        return -1;
    answer_assignment(exchange, exchange->response, &assignment);
    return 0;
}

int handle_unassign_role(struct exchange *exchange, struct error *err)
{
    struct id role_id = {{0}};
    struct holder holder;

    resource_read_id(exchange, 0, "role_id", &role_id);
    if (assignment_holder_from_query(&exchange->call, &exchange->request->query, &holder, err) < 0 ||
        assignment_delete(&exchange->call, &role_id, &holder, err) < 0)
        return -1;
    buf_add_literal(&exchange->response->body, "null");
    return 0;
}
