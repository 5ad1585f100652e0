/* Any CGI environment: the input's lines are SCRIPT_NAME, PATH_INFO, REQUEST_URI and QUERY_STRING. What comes out is
 * held against what links, routes and filters rely on. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "domain/organizations/organization.h"
#include "fuzz.h"
#include "web/http_request.h"

static char *next_variable(struct arena *arena, const char *name, const char **at)
{
    size_t length = strcspn(*at, "\n");
    char *variable = arena_printf(arena, "%s=%.*s", name, (int)length, *at);

    *at += length + ((*at)[length] == '\n');
    return variable;
}

/* The mount goes into headers and links as it is. */
static void check_mount(const char *mount)
{
    assert(mount[0] == '\0' || (mount[0] == '/' && mount[strlen(mount) - 1] != '/'));
    assert(strspn(mount, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%/") == strlen(mount));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    const char *at = arena_strndup(arena, (const char *)data, size);
    char *environment[] = {
        next_variable(arena, "SCRIPT_NAME", &at),
        next_variable(arena, "PATH_INFO", &at),
        next_variable(arena, "REQUEST_URI", &at),
        next_variable(arena, "QUERY_STRING", &at),
        NULL,
    };
    struct faults faults;
    struct call call = {.arena = arena, .faults = &faults};
    struct text parameters[HTTP_PARAMETERS_MAX];
    struct http_request request;
    struct organization_filter filter;
    struct error err;

    http_request_init(&request, arena, environment, (struct http_body_source){NULL, NULL});
    check_mount(request.mount);
    assert(request.segment_count <= HTTP_SEGMENTS_MAX);
    for (size_t i = 0; i < request.segment_count; i++)
        assert(request.segments[i].length > 0 && request.segments[i].data[request.segments[i].length] == '\0');
    if (http_request_matches(&request, "/organizations/{organization_id}", parameters))
        assert(request.segment_count == 2 && text_equal(parameters[0], request.segments[1]));

    faults_init(&faults);
    if (organization_filter_from_query(&call, &request.query, &filter, &err) == 0) {
        assert(filter.limit >= 1 && filter.limit <= 1000 && filter.offset >= 0);
        assert(filter.name_key.data == NULL || text_is_utf8(filter.name_key));
        assert(filter.search_key.data == NULL || text_is_utf8(filter.search_key));
        assert(filter.after_key.data == NULL || organization_order_is_by_name(filter.order));
    } else {
        assert(faults.count > 0);
    }
    faults_release(&faults);
    arena_close(arena);
    return 0;
}
