#include "check_response.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "world.h"

#define HEADERS_MAX 40

struct header {
    struct text name;
    struct text value;
};

struct response {
    int status;
    struct header headers[HEADERS_MAX];
    size_t header_count;
    struct text body;
};

static bool contains(struct text text, const char *part)
{
    return text.length > 0 && memmem(text.data, text.length, part, strlen(part)) != NULL;
}

/* Taking it apart */

static bool is_token(struct text name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";

    return name.length > 0 && strspn(name.data, allowed) >= name.length;
}

static bool is_field_value(struct text value)
{
    for (size_t i = 0; i < value.length; i++)
        if ((unsigned char)value.data[i] < 0x20 || value.data[i] == 0x7f)
            return false;
    return true;
}

/* One line up to its CR LF, which is cut from the text. */
static struct text cut_line(struct text *text)
{
    const char *end = memmem(text->data, text->length, "\r\n", 2);
    struct text line;

    assert(end != NULL);
    line = (struct text){text->data, (size_t)(end - text->data)};
    *text = (struct text){end + 2, text->length - line.length - 2};
    return line;
}

static struct header split_header(struct text line)
{
    const char *colon = memchr(line.data, ':', line.length);
    struct header header;

    assert(colon != NULL && (size_t)(colon - line.data) + 1 < line.length && colon[1] == ' ');
    header.name = (struct text){line.data, (size_t)(colon - line.data)};
    header.value = (struct text){colon + 2, line.length - header.name.length - 2};
    assert(is_token(header.name) && is_field_value(header.value));
    return header;
}

static void split(struct text text, struct response *out)
{
    *out = (struct response){.status = 0};
    for (struct text line = cut_line(&text); line.length > 0; line = cut_line(&text)) {
        assert(out->header_count < HEADERS_MAX);
        out->headers[out->header_count++] = split_header(line);
    }
    assert(out->header_count > 0 && text_equal(out->headers[0].name, TEXT("Status")));
    out->status = (int)strtol(out->headers[0].value.data, NULL, 10);
    out->body = text;
}

/* A text without data if the header is not there; that it is there twice is a breach. */
static struct text header_of(const struct response *response, const char *name)
{
    struct text found = {NULL, 0};

    for (size_t i = 0; i < response->header_count; i++) {
        const struct header *header = &response->headers[i];

        if (header->name.length != strlen(name) || strncasecmp(header->name.data, name, header->name.length) != 0)
            continue;
        assert(found.data == NULL);
        found = header->value;
    }
    return found;
}

/* Headers */

static bool is_known_status(int status)
{
    static const int known[] = {200, 204, 303, 304, 400, 401, 403, 404, 405,
                                408, 409, 412, 413, 415, 422, 429, 500, 503};

    for (size_t i = 0; i < ARRAY_LENGTH(known); i++)
        if (known[i] == status)
            return true;
    return false;
}

/* What the status asks for (RFC 9110, 15). */
static void check_status_headers(const struct response *response)
{
    static const struct {
        int status;
        const char *header;
    } needed[] = {{303, "Location"}, {304, "ETag"},        {401, "WWW-Authenticate"},
                  {405, "Allow"},    {429, "Retry-After"}, {503, "Retry-After"}};

    for (size_t i = 0; i < ARRAY_LENGTH(needed); i++)
        if (needed[i].status == response->status)
            assert(header_of(response, needed[i].header).data != NULL);
}

static void check_headers(const struct response *response)
{
    static const char *const at_most_once[] = {
        "Status",        "Content-Type", "Content-Length",
        "Cache-Control", "Location",     "Content-Location",
        "ETag",          "Link",         "Allow",
        "Vary",          "Retry-After",  "Access-Control-Allow-Origin",
        "X-Total-Count",
    };
    struct text id = header_of(response, "X-Request-Id");

    for (size_t i = 0; i < ARRAY_LENGTH(at_most_once); i++)
        header_of(response, at_most_once[i]);
    assert(id.length >= 1 && id.length <= 64);
    assert(text_equal(header_of(response, "X-Content-Type-Options"), TEXT("nosniff")));
    check_status_headers(response);
}

static bool starts_with(struct text text, const char *start)
{
    return text.length >= strlen(start) && memcmp(text.data, start, strlen(start)) == 0;
}

/* Below the mount, or at a client that the world has registered; nowhere else. */
static void check_location(const struct checked_request *request, const struct response *response)
{
    static const char *const clients[] = {"https://client.example.org/c", "http://127.0.0.1", "http://[::1]",
                                          "org.example.app:/callback?"};
    struct text location = header_of(response, "Location");
    bool is_client = false;

    if (location.data == NULL)
        return;
    for (size_t i = 0; i < ARRAY_LENGTH(clients); i++)
        is_client |= response->status == 303 && starts_with(location, clients[i]);
    assert(is_client || (starts_with(location, request->mount) && location.data[strlen(request->mount)] == '/' &&
                         !starts_with(location, "//")));
}

/* Bodies */

static void check_json(const struct response *response)
{
    json_t *json = json_loadb(response->body.data, response->body.length,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    assert(json != NULL);
    if (response->status >= 400)
        assert(json_array_size(json_object_get(json, "detail")) > 0 || json_object_size(json) == 2);
    json_decref(json);
}

/* Pages have no scripts, whatever names are. */
static void check_page(const struct response *response)
{
    assert(starts_with(response->body, "<!DOCTYPE html>"));
    assert(!contains(response->body, "<script") && text_is_utf8(response->body));
    assert(header_of(response, "Content-Security-Policy").data != NULL);
}

static void check_body(const struct checked_request *request, const struct response *response)
{
    struct text length = header_of(response, "Content-Length");
    struct text type = header_of(response, "Content-Type");

    if (response->status == 204 || response->status == 304) {
        assert(length.data == NULL && type.data == NULL && response->body.length == 0);
        return;
    }
    if (request->is_head) {
        assert(length.data != NULL && type.data != NULL && response->body.length == 0);
        return;
    }
    assert(length.data != NULL && strtoull(length.data, NULL, 10) == response->body.length);
    if (response->status == 303)
        assert(response->body.length == 0);
    else if (text_equal(type, TEXT("application/json")))
        check_json(response);
    else
        check_page(response);
}

/* Secrets */

static void check_none_of(const char *const *parts, struct text text, struct text sent)
{
    for (; *parts != NULL; parts++)
        assert(!contains(text, *parts) || contains(sent, *parts));
}

/* What is known to us alone, and what comes back only to whom sent it. */
static void check_secrets(struct text text, struct text sent)
{
    check_none_of(world_internals(), text, sent);
    check_none_of(world_secrets(), text, sent);
}

/* What is for the log: fake_db.c's cause, and the paths of files. */
static void check_causes(struct text text, struct text sent)
{
    static const char *const causes[] = {"a cause that is nobody's business", "/proc/self/fd", NULL};

    check_none_of(causes, text, sent);
}

void check_response(const struct checked_request *request, struct text response)
{
    struct response parts;

    split(response, &parts);
    assert(is_known_status(parts.status));
    check_headers(&parts);
    check_location(request, &parts);
    check_body(request, &parts);
    check_secrets(response, request->sent);
    check_causes(response, request->sent);
}

void check_log(struct text shown, struct text lines)
{
    check_secrets(lines, shown);
    while (lines.length > 0) {
        const char *end = memchr(lines.data, '\n', lines.length);
        json_t *line;

        assert(end != NULL);
        line = json_loadb(lines.data, (size_t)(end - lines.data), JSON_REJECT_DUPLICATES, NULL);
        assert(json_is_object(line) && json_is_string(json_object_get(line, "level")));
        json_decref(line);
        lines = (struct text){end + 1, lines.length - (size_t)(end + 1 - lines.data)};
    }
}
