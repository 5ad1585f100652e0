#include "cookies.h"

#include <stdio.h>
#include <string.h>

static bool is_at_root(const struct http_request *request)
{
    return request->mount[0] == '\0';
}

static const char *prefix_of(const struct http_request *request, bool is_secure)
{
    if (!is_secure)
        return "";
    return is_at_root(request) ? "__Host-" : "__Secure-";
}

struct text cookies_find(const struct http_request *request, const char *name, bool is_secure)
{
    const char *full = arena_printf(request->arena, "%s%s=", prefix_of(request, is_secure), name);
    size_t length = strlen(full);

    for (const char *at = http_request_variable(request, "HTTP_COOKIE"); at != NULL; at = strchr(at, ';')) {
        at += strspn(at, " ;");
        if (strncmp(at, full, length) == 0)
            return (struct text){at + length, strcspn(at + length, "; ")};
    }
    return (struct text){NULL, 0};
}

void cookies_set(const struct http_request *request, struct http_response *response, const char *name, bool is_secure,
                 const char *value, int64_t lifetime_s)
{
    char lifetime[40] = "";

    if (value == NULL || lifetime_s > 0)
        snprintf(lifetime, sizeof(lifetime), "; Max-Age=%lld", value == NULL ? 0LL : (long long)lifetime_s);
    http_response_header(response, "Set-Cookie", "%s%s=%s; Path=%s%s; HttpOnly; SameSite=Lax%s",
                         prefix_of(request, is_secure), name, value == NULL ? "" : value,
                         is_at_root(request) ? "/" : request->mount, is_secure ? "; Secure" : "", lifetime);
}
