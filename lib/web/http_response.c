#include "http_response.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HEADERS_MAXIMUM ((size_t)64 * 1024)
#define KEEP_BYTES ((size_t)128 * 1024)

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {204, "No Content"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
};

void http_response_init(struct http_response *response)
{
    *response = (struct http_response){.status = 200};
    buf_init(&response->headers, HEADERS_MAXIMUM);
    buf_init(&response->body, HTTP_BODY_MAXIMUM);
}

void http_response_release(struct http_response *response)
{
    buf_release(&response->headers);
    buf_release(&response->body);
}

void http_response_reset(struct http_response *response)
{
    response->status = 200;
    response->content_type = NULL;
    response->has_no_length = false;
    buf_reset(&response->headers, KEEP_BYTES);
    buf_reset(&response->body, KEEP_BYTES);
}

static bool has_control(const char *value)
{
    for (; *value != '\0'; value++)
        if ((unsigned char)*value < 0x20 || *value == 0x7f)
            return true;
    return false;
}

void http_response_header(struct http_response *response, const char *name, const char *format, ...)
{
    char value[8192];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(value, sizeof(value), format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof(value) || has_control(value))
        return;
    buf_add_string(&response->headers, name);
    buf_add_literal(&response->headers, ": ");
    buf_add(&response->headers, value, (size_t)length);
    buf_add_literal(&response->headers, "\r\n");
}

/* Compares the entity tag at `listed`, up to the quote that closes `etag`. */
static bool is_same_tag(const char *listed, const char *etag, enum http_etag_use use)
{
    size_t length = strlen(etag) - 1;
    const char *rest = listed + length;

    if (strncmp(listed, etag, length) != 0)
        return false;
    if (*rest == '-' || (*rest == ';' && use != HTTP_IF_NONE_MATCH))
        rest += strcspn(rest, "\"");
    return *rest == '"' && strchr(" \t,", rest[1]) != NULL;
}

bool http_etag_matches(const char *header, const char *etag, enum http_etag_use use)
{
    for (const char *at = header + strspn(header, " \t,"); *at != '\0'; at += strspn(at, " \t,")) {
        bool weak = strncmp(at, "W/", 2) == 0;
        const char *tag = weak ? at + 2 : at;

        if (*at == '*')
            return true;
        if (!(weak && use == HTTP_IF_MATCH) && is_same_tag(tag, etag, use))
            return true;
        if (*tag == '"' && strchr(tag + 1, '"') != NULL)
            at = strchr(tag + 1, '"') + 1;
        else
            at += strcspn(at, ",");
    }
    return false;
}

void http_response_not_modified(struct http_response *response, const struct http_request *request, const char *etag)
{
    const char *header = http_request_variable(request, "HTTP_IF_NONE_MATCH");

    bool is_reading = request->method == HTTP_GET || request->method == HTTP_HEAD;

    if (header == NULL || !is_reading || response->status != 200 ||
        !http_etag_matches(header, etag, HTTP_IF_NONE_MATCH))
        return;
    response->status = 304;
    buf_reset(&response->body, KEEP_BYTES);
}

static const char *reason_of(int status)
{
    for (size_t i = 0; i < ARRAY_LENGTH(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

void http_response_write(const struct http_response *response, enum http_method method, struct buf *out)
{
    bool has_body = response->status != 204 && response->status != 304;

    buf_add_literal(out, "Status: ");
    buf_add_int(out, response->status);
    buf_add_char(out, ' ');
    buf_add_string(out, reason_of(response->status));
    if (has_body) {
        buf_add_literal(out, "\r\nContent-Type: ");
        buf_add_string(out, response->content_type == NULL ? "application/json" : response->content_type);
    }
    if (has_body && !response->has_no_length) {
        buf_add_literal(out, "\r\nContent-Length: ");
        buf_add_int(out, (int64_t)response->body.length);
    }
    buf_add_literal(out, "\r\n");
    buf_add(out, response->headers.data, response->headers.length);
    buf_add_literal(out, "\r\n");
    if (has_body && method != HTTP_HEAD)
        buf_add(out, response->body.data, response->body.length);
}
