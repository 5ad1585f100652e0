#include "paging.h"

#include <assert.h>
#include <string.h>

/* Web servers bound the head of an answer (conf/nginx.conf). What a query may hold is bounded so that links fit. */
#define LINK_BYTES_MAX 12288

static bool was_given(const struct field *table, const void *filter, const char *name)
{
    for (size_t i = 0; table[i].name != NULL; i++)
        if (strcmp(table[i].name, name) == 0)
            return *(const bool *)((const char *)filter + table[i].given);
    return false;
}

void paging_from_query(const struct field *table, const struct urlencoded *query, struct arena *arena, void *filter,
                       struct faults *faults)
{
    fields_from_query(table, query, arena, filter, faults);
    if (was_given(table, filter, "after") && was_given(table, filter, "offset"))
        faults_add_value_error(faults, LOCATION_IN(LOCATION("query"), "after"),
                               "'after' and 'offset' exclude each other", NULL);
}

static bool is_kept(const struct field *field, const struct urlencoded *query)
{
    if (strcmp(field->name, "after") == 0 || strcmp(field->name, "offset") == 0)
        return false;
    return urlencoded_find(query, field->name, NULL).data != NULL;
}

static void add_value(struct buf *link, const struct field *field, const void *filter)
{
    const void *member = (const char *)filter + field->offset;
    char id[ID_TEXT_SIZE];
    char time[TIMESTAMP_TEXT_SIZE];

    if (field->type == FIELD_TEXT) {
        urlencoded_add(link, *(const struct text *)member);
    } else if (field->type == FIELD_INT) {
        buf_printf(link, "%lld", (long long)*(const int64_t *)member);
    } else if (field->type == FIELD_BOOL) {
        buf_add_string(link, *(const bool *)member ? "true" : "false");
    } else if (field->type == FIELD_TIME) {
        timestamp_format(*(const struct timestamp *)member, time);
        buf_add_string(link, time);
    } else {
        assert(field->type == FIELD_ID);
        id_format(member, id);
        buf_add_string(link, id);
    }
}

static void add_kept(struct buf *link, const struct urlencoded *query, const struct field *table, const void *filter)
{
    for (const struct field *field = table; field->name != NULL; field++) {
        if (!is_kept(field, query))
            continue;
        buf_printf(link, "&%s=", field->name);
        add_value(link, field, filter);
    }
}

void paging_add_next_link_behind(struct http_response *response, const struct http_request *request,
                                 const struct field *table, const void *filter, const char *path, struct text after)
{
    CLEANUP(buf_release) struct buf link;

    buf_init(&link, LINK_BYTES_MAX);
    buf_printf(&link, "%s%s?after=", request->mount, path);
    urlencoded_add(&link, after);
    add_kept(&link, &request->query, table, filter);
    if (!link.overflowed)
        http_response_header(response, "Link", "<%s>; rel=\"next\"", link.data);
}

void paging_add_next_link(struct http_response *response, const struct http_request *request, const struct field *table,
                          const void *filter, const char *path, const struct id *last)
{
    char after[ID_TEXT_SIZE];

    id_format(last, after);
    paging_add_next_link_behind(response, request, table, filter, path, (struct text){after, ID_TEXT_SIZE - 1});
}

void paging_add_total(struct http_response *response, int64_t total)
{
    http_response_header(response, "X-Total-Count", "%lld", (long long)total);
}
