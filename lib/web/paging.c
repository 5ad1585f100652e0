#include "paging.h"

#include <string.h>

#define LINK_BYTES_MAX 4096

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

static bool is_kept(const struct field *table, const char *name)
{
    if (strcmp(name, "after") == 0 || strcmp(name, "offset") == 0)
        return false;
    for (const struct field *field = table; field->name != NULL; field++)
        if (strcmp(field->name, name) == 0)
            return true;
    return false;
}

static void add_kept(struct buf *link, const struct urlencoded *query, const struct field *table)
{
    for (size_t i = 0; i < query->count; i++) {
        if (!is_kept(table, query->pairs[i].name.data))
            continue;
        buf_add_char(link, '&');
        urlencoded_add(link, query->pairs[i].name);
        buf_add_char(link, '=');
        urlencoded_add(link, query->pairs[i].value);
    }
}

void paging_add_next_link(struct http_response *response, const struct http_request *request, const struct field *table,
                          const char *path, const struct id *last)
{
    CLEANUP(buf_release) struct buf link;
    char after[ID_TEXT_SIZE];

    buf_init(&link, LINK_BYTES_MAX);
    id_format(last, after);
    buf_printf(&link, "%s%s?after=%s", request->mount, path, after);
    add_kept(&link, &request->query, table);
    if (!link.overflowed)
        http_response_header(response, "Link", "<%s>; rel=\"next\"", link.data);
}

void paging_add_total(struct http_response *response, int64_t total)
{
    http_response_header(response, "X-Total-Count", "%lld", (long long)total);
}
