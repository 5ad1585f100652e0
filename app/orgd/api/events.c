#include "base/arena.h"
#include "base/text.h"
#include "domain/events/event_feed.h"
#include "http/handlers.h"
#include "http/resource.h"
#include "http/stream.h"
#include "web/paging.h"
#include "web/preference.h"

/* What is asked for: `format` is the name in the query. */
static const struct form {
    enum event_form form;
    const char *format;
    const char *media_type;
    const char *content_type;
} forms[] = {
    {EVENT_FORM_JSON, "json", "application/json", NULL},
    {EVENT_FORM_CSV, "csv", "text/csv", "text/csv; charset=utf-8; header=present"},
    {EVENT_FORM_LINES, "jsonl", "application/jsonl", "application/jsonl"},
    {EVENT_FORM_LINES, NULL, "application/x-ndjson", "application/x-ndjson"},
};

/* The query decides, or else Accept. Who takes all alike gets JSON. */
static const struct form *choose_form(const struct exchange *exchange, struct text format)
{
    const char *accept = http_request_variable(exchange->request, "HTTP_ACCEPT");
    const struct form *best = &forms[0];

    for (size_t i = 0; i < ARRAY_LENGTH(forms); i++) {
        if (format.data != NULL && forms[i].format != NULL && text_equal(format, text_of(forms[i].format)))
            return &forms[i];
        if (format.data == NULL &&
            preference_for_media(accept, forms[i].media_type) > preference_for_media(accept, best->media_type))
            best = &forms[i];
    }
    return best;
}

/* Answers a page of a feed; `path` is below the mount. */
static int answer_page(struct exchange *exchange, const struct event_filter *filter, const char *path,
                       struct error *err)
{
    struct page page;

    if (event_feed_read(&exchange->call, filter, &exchange->response->body, &page, err) < 0)
        return -1;
    resource_add_page(exchange, event_feed_fields, filter, path, &page);
    return 0;
}

/* Only the first part begins where the request says, and has a heading and the total. */
static int read_part(struct exchange *exchange, void *context, struct stream_part *part, struct error *err)
{
    struct event_filter filter = *(const struct event_filter *)context;
    struct page page;

    filter.limit = part->limit;
    filter.length_max = STREAM_PART_BYTES;
    if (!id_is_nil(&part->after)) {
        filter.after = part->after;
        filter.offset = 0;
        filter.is_continued = true;
        filter.include_total = false;
    }
    if (event_feed_read(&exchange->call, &filter, &exchange->response->body, &page, err) < 0)
        return -1;
    if (page.total >= 0)
        paging_add_total(exchange->response, page.total);
    part->rows = (int64_t)page.count;
    part->last = page.last;
    part->has_more = page.has_more;
    return 0;
}

static int answer_file(struct exchange *exchange, struct event_filter *filter, const struct form *form,
                       struct error *err)
{
    char time[TIMESTAMP_TEXT_SIZE];

    if (stream_answer(exchange, read_part, filter, filter->given.limit ? filter->limit : INT64_MAX, err) < 0)
        return -1;
    timestamp_format(exchange->call.now, time);
    exchange->response->content_type = form->content_type;
    http_response_header(exchange->response, "Content-Disposition", "attachment; filename=\"events-%.10s.%s\"", time,
                         form->form == EVENT_FORM_CSV ? "csv" : "jsonl");
    return 0;
}

static int answer(struct exchange *exchange, struct event_filter *filter, const char *path, struct error *err)
{
    const struct form *form = choose_form(exchange, filter->format);

    filter->form = form->form;
    http_response_header(exchange->response, "Vary", "Accept");
    if (form->form == EVENT_FORM_JSON)
        return answer_page(exchange, filter, path, err);
    return answer_file(exchange, filter, form, err);
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
