#include "http_request.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define READ_BYTES 16384
/* A name may hold as many slashes as it has characters. */
#define COMPARED_SEGMENTS_MAX 64

static const char *const method_names[] = {
    [HTTP_GET] = "GET",     [HTTP_HEAD] = "HEAD",     [HTTP_POST] = "POST",       [HTTP_PUT] = "PUT",
    [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE", [HTTP_OPTIONS] = "OPTIONS",
};

const char *http_request_variable(const struct http_request *request, const char *name)
{
    size_t length = strlen(name);

    for (char *const *variable = request->environment; *variable != NULL; variable++)
        if (**variable == *name && strncmp(*variable, name, length) == 0 && (*variable)[length] == '=')
            return (*variable)[length + 1] == '\0' ? NULL : *variable + length + 1;
    return NULL;
}

static struct text variable_text(const struct http_request *request, const char *name)
{
    const char *value = http_request_variable(request, name);

    return text_of(value == NULL ? "" : value);
}

static enum http_method parse_method(const char *name)
{
    for (size_t i = 0; name != NULL && i < ARRAY_LENGTH(method_names); i++)
        if (strcmp(name, method_names[i]) == 0)
            return (enum http_method)i;
    return HTTP_OTHER;
}

/* Returns the path of REQUEST_URI as the client wrote it. It may be in absolute form (RFC 9112, 3.2.2). */
static struct text raw_path(const struct http_request *request)
{
    struct text uri = variable_text(request, "REQUEST_URI");
    const char *scheme_end = strstr(uri.data, "://");

    if (uri.data[0] != '/' && scheme_end != NULL) {
        const char *path = strchr(scheme_end + 3, '/');

        uri = text_of(path == NULL ? "/" : path);
    }
    return (struct text){uri.data, strcspn(uri.data, "?#")};
}

/* Finds the next segment after any slashes. Returns false at the end. */
static bool next_segment(struct text *path, struct text *segment)
{
    const char *end = path->data + path->length;
    const char *start = path->data;
    const char *stop;

    while (start < end && *start == '/')
        start++;
    if (start == end)
        return false;
    stop = memchr(start, '/', (size_t)(end - start));
    if (stop == NULL)
        stop = end;
    *segment = (struct text){start, (size_t)(stop - start)};
    *path = (struct text){stop, (size_t)(end - stop)};
    return true;
}

/* Steps over the mount point's segments in the raw path. Returns false if the path does not begin with them. */
static bool skip_mount(struct arena *arena, struct text mount, struct text *raw)
{
    struct text expected;
    struct text found;

    while (next_segment(&mount, &expected))
        if (!next_segment(raw, &found) || !text_equal(urlencoded_decode(arena, found, false), expected))
            return false;
    return true;
}

/* Cuts the path into segments. Resolves dot segments (RFC 3986, 5.2.4) and skips empty ones. */
struct segments {
    struct text list[COMPARED_SEGMENTS_MAX];
    size_t count;
    bool overflowed;
};

static void add_segment(struct segments *segments, struct text segment)
{
    if (text_equal(segment, TEXT(".")))
        return;
    if (text_equal(segment, TEXT(".."))) {
        segments->count -= segments->count > 0;
    } else if (segments->count == COMPARED_SEGMENTS_MAX) {
        segments->overflowed = true;
    } else {
        segments->list[segments->count++] = segment;
    }
}

static void split_decoded(struct text path, struct segments *out)
{
    struct text segment;

    *out = (struct segments){.count = 0};
    while (next_segment(&path, &segment))
        add_segment(out, segment);
}

static void split_raw(struct arena *arena, struct text path, struct segments *out)
{
    struct text segment;

    *out = (struct segments){.count = 0};
    while (next_segment(&path, &segment))
        add_segment(out, urlencoded_decode(arena, segment, false));
}

static bool same_segments(const struct segments *a, const struct segments *b)
{
    if (a->count != b->count || a->overflowed || b->overflowed)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!text_equal(a->list[i], b->list[i]))
            return false;
    return true;
}

static void keep_segments(struct http_request *request, const struct segments *segments)
{
    request->names_nothing = segments->count > HTTP_SEGMENTS_MAX || segments->overflowed;
    request->segment_count = request->names_nothing ? 0 : segments->count;
    for (size_t i = 0; i < request->segment_count; i++)
        request->segments[i] = (struct text){
            arena_strndup(request->arena, segments->list[i].data, segments->list[i].length),
            segments->list[i].length,
        };
}

/* Decodes a path like Apache under "AllowEncodedSlashes NoDecode": everything but the slashes. */
static struct text decode_except_slashes(struct arena *arena, struct text raw)
{
    char *kept = arena_alloc(arena, 2 * raw.length + 1);
    size_t length = 0;

    for (size_t at = 0; at < raw.length; at++) {
        kept[length++] = raw.data[at];
        if (raw.length - at > 2 && strncasecmp(raw.data + at, "%2F", 3) == 0) {
            kept[length++] = '2';
            kept[length++] = '5';
        }
    }
    return urlencoded_decode(arena, (struct text){kept, length}, false);
}

static bool decodes_to(struct text decoded, const struct segments *expected)
{
    struct segments segments;

    split_decoded(decoded, &segments);
    return same_segments(&segments, expected);
}

/* A query may hold question marks (RFC 3986, 3.4). But lighttpd 1.4.69, as Debian configures it, lets the query begin
 * at the last one, and takes what is before it for a part of the path. Corrects both if REQUEST_URI shows the fault. */
static void undo_late_split(const struct http_request *request, struct text *path_info, struct text *query)
{
    struct text uri = variable_text(request, "REQUEST_URI");
    struct text raw = raw_path(request);
    const char *first = strchr(uri.data, '?');
    const char *last = strrchr(uri.data, '?');
    struct text path;

    if (first == last || !text_equal(text_of(last + 1), *query) ||
        !skip_mount(request->arena, variable_text(request, "SCRIPT_NAME"), &raw))
        return;
    path = urlencoded_decode(request->arena, raw, false);
    if (path.length >= path_info->length || memcmp(path.data, path_info->data, path.length) != 0 ||
        path_info->data[path.length] != '?')
        return;
    path_info->length = path.length;
    *query = text_of(first + 1);
}

static void read_path(struct http_request *request, struct text path_info)
{
    struct text script_name = variable_text(request, "SCRIPT_NAME");
    struct text raw = raw_path(request);
    struct segments routed;
    struct segments asked;

    if (path_info.length > 0 && path_info.data[0] != '/') {
        /* The web server matches by prefix: for a mount at /api/v1, it also gives us /api/v10. Returns false for
         * that. */
        request->names_nothing = true;
        return;
    }
    split_decoded(path_info, &routed);
    keep_segments(request, &routed);
    if (!skip_mount(request->arena, script_name, &raw))
        return;
    if (!decodes_to(urlencoded_decode(request->arena, raw, false), &routed) &&
        !decodes_to(decode_except_slashes(request->arena, raw), &routed))
        return;
    split_raw(request->arena, raw, &asked);
    keep_segments(request, &asked);
}

static const char *encode_mount(const struct http_request *request)
{
    struct text mount = variable_text(request, "SCRIPT_NAME");
    struct buf encoded;
    struct text segment;
    const char *result;

    buf_init(&encoded, mount.length * 4 + 1);
    while (next_segment(&mount, &segment)) {
        buf_add_char(&encoded, '/');
        urlencoded_add(&encoded, segment);
    }
    result = arena_strndup(request->arena, encoded.data, encoded.length);
    buf_release(&encoded);
    return result;
}

void http_request_init(struct http_request *request, struct arena *arena, char *const *environment,
                       struct http_body_source body_source)
{
    struct text path_info;
    struct text query;

    *request = (struct http_request){.arena = arena, .environment = environment, .body_source = body_source};
    path_info = variable_text(request, "PATH_INFO");
    query = variable_text(request, "QUERY_STRING");
    request->method = parse_method(http_request_variable(request, "REQUEST_METHOD"));
    request->mount = encode_mount(request);
    undo_late_split(request, &path_info, &query);
    request->query = urlencoded_parse(arena, query);
    read_path(request, path_info);
}

bool http_request_matches(const struct http_request *request, const char *pattern,
                          struct text parameters[HTTP_PARAMETERS_MAX])
{
    struct text rest = text_of(pattern);
    struct text expected;
    size_t at = 0;
    size_t parameter = 0;

    while (next_segment(&rest, &expected)) {
        if (at == request->segment_count)
            return false;
        if (expected.data[0] == '{') {
            assert(parameter < HTTP_PARAMETERS_MAX);
            parameters[parameter++] = request->segments[at];
        } else if (!text_equal(expected, request->segments[at])) {
            return false;
        }
        at++;
    }
    return at == request->segment_count && !request->names_nothing; /* the path is too long, or outside the mount */
}

const char *http_request_authorization(const struct http_request *request)
{
    const char *value = http_request_variable(request, "HTTP_AUTHORIZATION");

    /* Apache renames the variable after an internal redirect. */
    return value != NULL ? value : http_request_variable(request, "REDIRECT_HTTP_AUTHORIZATION");
}

bool http_request_has_media_type(const struct http_request *request, const char *media_type)
{
    const char *value = http_request_variable(request, "CONTENT_TYPE");
    size_t length = strlen(media_type);

    return value != NULL && strncasecmp(value, media_type, length) == 0 && strchr("; \t", value[length]) != NULL;
}

bool http_request_is_encoded(const struct http_request *request)
{
    const char *coding = http_request_variable(request, "HTTP_CONTENT_ENCODING");

    return coding != NULL && strcasecmp(coding, "identity") != 0;
}

/* Returns the length that the client announced, or -1 if there is none or it makes no sense. */
static long long announced_length(const struct http_request *request)
{
    const char *value = http_request_variable(request, "CONTENT_LENGTH");
    char *end;
    long long length;

    if (value == NULL)
        return -1;
    errno = 0;
    length = strtoll(value, &end, 10);
    return errno != 0 || *end != '\0' || length < 0 ? -1 : length;
}

static int too_large(size_t maximum, struct error *err)
{
    return error_set(err, ERR_TOO_LARGE, "The request body is larger than the %zu bytes allowed here.", maximum);
}

int http_request_read_body(const struct http_request *request, size_t maximum, struct text *out, struct error *err)
{
    long long announced = announced_length(request);
    size_t size = announced >= 0 && (size_t)announced <= maximum ? (size_t)announced + 1 : READ_BYTES;
    char *body;
    size_t length = 0;

    if (announced > (long long)maximum)
        return too_large(maximum, err);
    body = arena_try(request->arena, size + 1, err);
    if (body == NULL)
        return -1;
    for (;;) {
        int got;

        if (length == size) {
            char *larger = arena_try(request->arena, 2 * size + 1, err);

            if (larger == NULL)
                return -1;
            memcpy(larger, body, length);
            body = larger;
            size *= 2;
        }
        got = request->body_source.read(request->body_source.handle, body + length, (int)(size - length));
        if (got < 0)
            return error_set(err, ERR_TOO_SLOW, N_("The request body did not arrive in time."));
        if (got == 0)
            break;
        length += (size_t)got;
        if (length > maximum)
            return too_large(maximum, err);
    }
    if (announced >= 0 && length < (size_t)announced)
        return error_set(err, ERR_VALIDATION, "The request body ended after %zu of %lld bytes.", length, announced);
    body[length] = '\0';
    *out = (struct text){body, length};
    return 0;
}
