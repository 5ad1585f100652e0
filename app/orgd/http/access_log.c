#include "access_log.h"

#include <string.h>

#include "base/jsonw.h"
#include "base/log.h"
#include "base/timestamp.h"

/* Writes one byte. Percent-encodes everything but visible ASCII, because terminals may act on it. */
static char *keep_byte(char *out, unsigned char c)
{
    static const char hex[] = "0123456789ABCDEF";

    if (c > ' ' && c < 0x7f) {
        *out++ = (char)c;
        return out;
    }
    *out++ = '%';
    *out++ = hex[c >> 4];
    *out++ = hex[c & 15];
    return out;
}

/* Cuts a text that is too long for a line, and ends it with "...". */
static struct text keep(struct arena *arena, const char *value, size_t length)
{
    size_t kept = length <= LOGGED_BYTES_MAX ? length : LOGGED_BYTES_MAX;
    char *text = arena_alloc(arena, kept * 3 + sizeof("..."));
    char *out = text;

    for (size_t i = 0; i < kept; i++)
        out = keep_byte(out, (unsigned char)value[i]);
    for (int i = 0; kept < length && i < 3; i++)
        *out++ = '.';
    *out = '\0';
    return (struct text){text, (size_t)(out - text)};
}

static const char *variable(const struct http_request *request, const char *name)
{
    const char *value = http_request_variable(request, name);

    return value == NULL ? "" : value;
}

struct access_line access_log_begin(const struct http_request *request, int64_t start_us)
{
    const char *method = variable(request, "REQUEST_METHOD");
    const char *uri = variable(request, "REQUEST_URI");
    const char *address = variable(request, "REMOTE_ADDR");

    return (struct access_line){
        .method = keep(request->arena, method, strlen(method)),
        .path = keep(request->arena, uri, strcspn(uri, "?#")),
        .address = address[0] == '\0' ? (struct text){NULL, 0} : keep(request->arena, address, strlen(address)),
        .start_us = start_us,
    };
}

void access_log_write(const struct access_line *line, const struct actor *actor, const char *action, int status,
                      size_t bytes)
{
    struct buf *out = log_begin(LOG_LEVEL_INFO);

    if (out == NULL)
        return;
    jsonw_key(out, "event");
    jsonw_string(out, "request");
    jsonw_key(out, "method");
    jsonw_text(out, line->method);
    jsonw_key(out, "path");
    jsonw_text(out, line->path);
    jsonw_key(out, "status");
    buf_add_int(out, status);
    jsonw_key(out, "duration_us");
    buf_add_int(out, timestamp_monotonic_us() - line->start_us);
    jsonw_key(out, "bytes");
    buf_add_int(out, (int64_t)bytes);
    jsonw_key(out, "address");
    jsonw_text(out, line->address);
    jsonw_key(out, "account_id");
    jsonw_id(out, &actor->account_id);
    jsonw_key(out, "credential_id");
    jsonw_id(out, &actor->credential_id);
    jsonw_key(out, "action");
    jsonw_string(out, action);
    if (line->transfer != ACCESS_IN_ONE) {
        jsonw_key(out, "broken_off");
        buf_add_string(out, line->transfer == ACCESS_BROKEN_OFF ? "true" : "false");
    }
    log_end(out);
}
