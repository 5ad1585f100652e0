/* Feeds: pages of events, for clients.
 *
 *     struct event_filter filter;
 *     struct page page;
 *
 *     if (event_filter_from_query(call, EVENT_FEED_OF_ORGANIZATION, query, &filter, err) < 0)
 *         return -1;
 *     filter.organization_id = id;
 *     if (event_feed_read(call, &filter, body, &page, err) < 0)
 *         return -1;
 *
 * The feed of an organization is one chain, in the order of its times. The other two span chains, whose events are
 * committed in any order. There the order is that of the positions, which events get after their commit
 * (event_position.h); what has none yet is not shown. So who follows `after` from the oldest on skips nothing. */
#ifndef ORGD_EVENT_FEED_H
#define ORGD_EVENT_FEED_H

#include "domain/call.h"
#include "event_row.h"
#include "web/paging.h"

enum event_feed {
    EVENT_FEED_OF_ORGANIZATION, /* for who has event:read; of one that is gone, for superusers */
    EVENT_FEED_OF_CALLER,       /* what the caller's account did and suffered */
    EVENT_FEED_OF_SERVICE,      /* all there are, for superusers */
};

/* How a page is written. */
enum event_form {
    EVENT_FORM_JSON,  /* a list */
    EVENT_FORM_LINES, /* JSON Lines */
    EVENT_FORM_CSV,   /* event_csv.h */
};

struct event_filter {
    enum event_feed feed;
    struct id organization_id;
    struct text action; /* the whole action, or a resource with `.*` behind it */
    struct id actor_id;
    struct id target_id;
    struct timestamp since; /* at that time or later */
    struct timestamp until; /* earlier than that */
    struct text order_by;   /* `occurred_at` or `-occurred_at`, which is also meant without data */
    int64_t offset;
    int64_t limit;
    struct id after;
    bool include_total;
    struct paging_given given;
    struct text format; /* `json`, `csv` or `jsonl`; without data: the client does not say */

    /* The query does not have these. */
    enum event_form form;
    bool is_continued; /* the page before it is in the same file, and has the heading */
    size_t length_max; /* the page ends behind the event that makes it as long; 0: however long it is */
};

/* An answer, and what the query of each feed may hold. */
extern const struct model event_model;
extern const struct field event_feed_fields[];

/* Reads the query of a feed. Faults go to call->faults. */
int event_filter_from_query(const struct call *call, enum event_feed feed, const struct urlencoded *query,
                            struct event_filter *out, struct error *err) NODISCARD;

/* Writes the page, and nothing else, into `out`, in the form that the filter says. Fails with ERR_UNAUTHORIZED;
 * ERR_NOT_FOUND if the caller may not see the organization; ERR_FORBIDDEN if the caller may not read these events. One
 * round trip. */
int event_feed_read(const struct call *call, const struct event_filter *filter, struct buf *out, struct page *page,
                    struct error *err) NODISCARD;

#endif
