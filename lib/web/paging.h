/* Pages of a list: what every list's query takes, and the headers that lead from one page to the next. A list's filter
 * has the members `offset` and `limit` (int64_t), `after` (struct id), `include_total` (bool) and `given` (struct
 * paging_given), and its table of the query has their fields:
 *
 *     const struct field team_list_fields[] = {
 *         {.name = "name", .type = FIELD_TEXT, .maximum = FIELD_UNBOUNDED, FIELD_AT(struct team_filter, name)},
 *         PAGING_OFFSET(struct team_filter),
 *         PAGING_LIMIT(struct team_filter),
 *         PAGING_AFTER(struct team_filter, "team"),
 *         PAGING_INCLUDE_TOTAL(struct team_filter),
 *         {.name = NULL},
 *     };
 */
#ifndef ORGD_PAGING_H
#define ORGD_PAGING_H

#include "fields.h"
#include "http_response.h"

/* What a page is like when it has been written. */
struct page {
    size_t count; /* how many are on it */
    bool has_more;
    struct id last; /* the last of them */
    int64_t total;  /* how many match the filters, on all pages; -1: nobody has asked */
};

/* A page that nothing is on yet. */
#define PAGE_EMPTY ((struct page){.total = -1})

#define PAGING_LIMIT_DEFAULT 100
#define PAGING_LIMIT_MAXIMUM 1000

/* Which of these the query has. */
struct paging_given {
    bool offset;
    bool limit;
    bool after;
};

/* Of what a list is searched for, in code points: as long as an address, which is the longest of what is found. The
 * link to the next page repeats it. */
#define SEARCH_LENGTH_MAX 254

#define PAGING_OFFSET(filter)                                                                                          \
    {                                                                                                                  \
        .name = "offset", .type = FIELD_INT, .flags = FIELD_HAS_DEFAULT, .minimum = 0, .maximum = INT32_MAX,           \
        FIELD_AT_GIVEN(filter, offset, given.offset), .description = "How many to leave out before the first."         \
    }
#define PAGING_LIMIT(filter)                                                                                           \
    {                                                                                                                  \
        .name = "limit", .type = FIELD_INT, .flags = FIELD_HAS_DEFAULT, .minimum = 1, .maximum = PAGING_LIMIT_MAXIMUM, \
        .default_value = PAGING_LIMIT_DEFAULT, FIELD_AT_GIVEN(filter, limit, given.limit),                             \
        .description = "How many to answer at most."                                                                   \
    }
#define PAGING_AFTER(filter, what)                                                                                     \
    {                                                                                                                  \
        .name = "after", .type = FIELD_ID, FIELD_AT_GIVEN(filter, after, given.after),                                 \
        .description = "Start after the " what " with this id; costs the same at any depth. Not together with offset." \
    }
#define PAGING_INCLUDE_TOTAL(filter)                                                                                   \
    {                                                                                                                  \
        .name = "include_total", .type = FIELD_BOOL, .flags = FIELD_HAS_DEFAULT,                                       \
        .offset = offsetof(filter, include_total), .description = "Answer with X-Total-Count."                         \
    }

/* Reads a list's query like fields_from_query(), and adds a fault if both `after` and `offset` are given. */
void paging_from_query(const struct field *table, const struct urlencoded *query, struct arena *arena, void *filter,
                       struct faults *faults);

/* Adds a Link header to the page that follows `last` (RFC 8288). The link keeps all parameters of the request that the
 * table names, except those that say where this page started. Their values are those of the filter, as they were
 * understood: however long the client wrote a number, the link has it in its short form. A text stands there as the
 * filter has it, so let the filter hold what is compared (the key of a name): what found something is short then. A
 * header has room for 4,096 bytes; a longer link would be left out. `path` is below the mount. */
void paging_add_next_link(struct http_response *response, const struct http_request *request, const struct field *table,
                          const void *filter, const char *path, const struct id *last);

/* The same, where `after` need not be an id. */
void paging_add_next_link_behind(struct http_response *response, const struct http_request *request,
                                 const struct field *table, const void *filter, const char *path, struct text after);

/* Adds X-Total-Count: how many there are on all pages. */
void paging_add_total(struct http_response *response, int64_t total);

#endif
