#include "base/arena.h"
#include "domain/events/event_feed.h"
#include "http/handlers.h"
#include "http/resource.h"
#include "web/paging.h"

/* Answers a page of a feed; `path` is below the mount. */
static int answer(struct exchange *exchange, const struct event_filter *filter, const char *path, struct error *err)
{
    struct event_page page;

    if (event_feed_read(&exchange->call, filter, &exchange->response->body, &page, err) < 0)
        return -1;
    if (page.has_more)
        paging_add_next_link(exchange->response, exchange->request, event_feed_fields, filter, path, &page.last);
    if (filter->include_total)
        paging_add_total(exchange->response, page.total);
    return 0;
}

int handle_list_organization_events(struct exchange *exchange, struct error *err)
{
    struct event_filter filter;
    struct id id = {{0}};
    char text[ID_TEXT_SIZE];

    resource_read_id(exchange, 0, "organization_id", &id);
    if (event_filter_from_query(&exchange->call, EVENT_FEED_OF_ORGANIZATION, &exchange->request->query, &filter, err) <
        0)
        return -1;
    filter.organization_id = id;
    id_format(&id, text);
    return answer(exchange, &filter, arena_printf(exchange->call.arena, "/organizations/%s/events", text), err);
}

int handle_list_own_events(struct exchange *exchange, struct error *err)
{
    struct event_filter filter;

    if (event_filter_from_query(&exchange->call, EVENT_FEED_OF_CALLER, &exchange->request->query, &filter, err) < 0)
        return -1;
    return answer(exchange, &filter, "/users/me/events", err);
}

int handle_list_events(struct exchange *exchange, struct error *err)
{
    struct event_filter filter;

    if (event_filter_from_query(&exchange->call, EVENT_FEED_OF_SERVICE, &exchange->request->query, &filter, err) < 0)
        return -1;
    return answer(exchange, &filter, "/events", err);
}
