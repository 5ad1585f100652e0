#include "domain/accounts/way_in.h"
#include "http/handlers.h"
#include "http/resource.h"

static int answer_list(struct exchange *exchange, enum way_in_kind kind, const char *path, struct error *err)
{
    struct way_in_filter filter;
    struct page page;

    if (way_in_filter_from_query(&exchange->call, &exchange->request->query, &filter, err) < 0 ||
        way_in_list(&exchange->call, kind, &filter, &exchange->response->body, &page, err) < 0)
        return -1;
    resource_add_page(exchange, way_in_list_fields, &filter, path, &page);
    return 0;
}

static int end(struct exchange *exchange, enum way_in_kind kind, const char *parameter, struct error *err)
{
    struct id id = {{0}};

    resource_read_id(exchange, 0, parameter, &id);
    if (faults_result(&exchange->service->faults, err) < 0 || way_in_end(&exchange->call, kind, &id, err) < 0)
        return -1;
    buf_add_literal(&exchange->response->body, "null");
    return 0;
}

int handle_list_sessions(struct exchange *exchange, struct error *err)
{
    return answer_list(exchange, WAY_IN_SESSION, "/users/me/sessions", err);
}

int handle_end_session(struct exchange *exchange, struct error *err)
{
    return end(exchange, WAY_IN_SESSION, "session_id", err);
}

int handle_list_grants(struct exchange *exchange, struct error *err)
{
    return answer_list(exchange, WAY_IN_GRANT, "/users/me/grants", err);
}

int handle_end_grant(struct exchange *exchange, struct error *err)
{
    return end(exchange, WAY_IN_GRANT, "grant_id", err);
}
