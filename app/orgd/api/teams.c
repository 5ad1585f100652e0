#include "base/arena.h"
#include "domain/organizations/team.h"
#include "http/handlers.h"
#include "http/resource.h"

static void answer(struct exchange *exchange, const struct team *team)
{
    char etag[TEAM_ETAG_SIZE];

    team_write_json(&exchange->response->body, team);
    team_etag(team, etag);
    resource_add_etag(exchange, etag);
}

int handle_list_teams(struct exchange *exchange, struct error *err)
{
    struct id organization_id = {{0}};
    struct team_filter filter;
    char text[ID_TEXT_SIZE];
    struct page page;

    resource_read_id(exchange, 0, "organization_id", &organization_id);
    if (team_filter_from_query(&exchange->call, &exchange->request->query, &filter, err) < 0 ||
        team_list(&exchange->call, &organization_id, &filter, &exchange->response->body, &page, err) < 0)
        return -1;
    id_format(&organization_id, text);
    resource_add_page(exchange, team_list_fields, &filter,
                      arena_printf(exchange->call.arena, "/organizations/%s/teams", text), &page);
    return 0;
}

static void answer_creation(const void *context, struct http_response *out, const void *result)
{
    const struct exchange *exchange = context;
    const struct team *team = result;
    char etag[TEAM_ETAG_SIZE];
    char id[ID_TEXT_SIZE];

    id_format(&team->id, id);
    team_etag(team, etag);
    http_response_header(out, "Content-Location", "%s/teams/%s", exchange->service->config->public_url, id);
    http_response_header(out, "ETag", "%s", etag);
    team_write_json(&out->body, team);
}

int handle_create_team(struct exchange *exchange, struct error *err)
{
    struct team_input input;
    struct team team;
    json_t *body;

    exchange->idempotency.answer = answer_creation;
    if (resource_read_body(exchange, &body, err) < 0 || team_input_for_create(&exchange->call, body, &input, err) < 0 ||
        team_create(&exchange->call, &input, &team, err) < 0)
        return -1;
    answer_creation(exchange, exchange->response, &team);
    return 0;
}

int handle_get_team(struct exchange *exchange, struct error *err)
{
    struct team team;
    struct id id = {{0}};

    resource_read_id(exchange, 0, "team_id", &id);
    if (faults_result(&exchange->service->faults, err) < 0 || team_get(&exchange->call, &id, &team, err) < 0)
        return -1;
    answer(exchange, &team);
    return 0;
}

int handle_update_team(struct exchange *exchange, struct error *err)
{
    struct precondition precondition = resource_precondition(exchange);
    struct team_input input;
    struct team team;
    struct id id = {{0}};
    json_t *body;

    resource_read_id(exchange, 0, "team_id", &id);
    if (resource_read_body(exchange, &body, err) < 0 || team_input_for_update(&exchange->call, body, &input, err) < 0 ||
        team_update(&exchange->call, &id, &input, &precondition, &team, err) < 0)
        return -1;
    answer(exchange, &team);
    return 0;
}

int handle_delete_team(struct exchange *exchange, struct error *err)
{
    struct precondition precondition = resource_precondition(exchange);
    struct id id = {{0}};

    resource_read_id(exchange, 0, "team_id", &id);
    if (faults_result(&exchange->service->faults, err) < 0 || team_delete(&exchange->call, &id, &precondition, err) < 0)
        return -1;
    buf_add_literal(&exchange->response->body, "null");
    return 0;
}

int handle_list_team_members(struct exchange *exchange, struct error *err)
{
    struct team_member_filter filter;
    struct id team_id = {{0}};
    char text[ID_TEXT_SIZE];
    struct page page;

    resource_read_id(exchange, 0, "team_id", &team_id);
    if (team_member_filter_from_query(&exchange->call, &exchange->request->query, &filter, err) < 0 ||
        team_member_list(&exchange->call, &team_id, &filter, &exchange->response->body, &page, err) < 0)
        return -1;
    id_format(&team_id, text);
    resource_add_page(exchange, team_member_list_fields, &filter,
                      arena_printf(exchange->call.arena, "/teams/%s/members", text), &page);
    return 0;
}

static void answer_member(const void *context, struct http_response *out, const void *result)
{
    const struct exchange *exchange = context;
    const struct holder_state *state = result;
    const struct team_member member = {state->team.id, state->team.organization_id, state->account, state->invitation,
                                       exchange->call.now};

    team_member_write_json(&out->body, &member, exchange->call.now);
}

int handle_add_team_member(struct exchange *exchange, struct error *err)
{
    struct holder_state member;
    struct id team_id = {{0}};
    struct holder holder;

    exchange->idempotency.answer = answer_member;
    resource_read_id(exchange, 0, "team_id", &team_id);
    if (team_member_from_query(&exchange->call, &exchange->request->query, &holder, err) < 0 ||
        team_member_add(&exchange->call, &team_id, &holder, &member, err) < 0)
        return -1;
    answer_member(exchange, exchange->response, &member);
    return 0;
}

int handle_remove_team_member(struct exchange *exchange, struct error *err)
{
    struct id team_id = {{0}};
    struct holder holder;

    resource_read_id(exchange, 0, "team_id", &team_id);
    if (team_member_from_query(&exchange->call, &exchange->request->query, &holder, err) < 0 ||
        team_member_remove(&exchange->call, &team_id, &holder, err) < 0)
        return -1;
    buf_add_literal(&exchange->response->body, "null");
    return 0;
}
