#include "check_url.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "web/http_fetch.h"
#include "web/url.h"

#define TIMEOUT_S 15L
/* More than the 64 KiB that orgd accepts by default, and the 128 KiB that mod_fcgid accepts. */
#define LARGE_BYTES ((size_t)2 * 1024 * 1024)

struct answer {
    long status;       /* 0: none */
    bool is_ours;      /* has the headers that orgd sends */
    bool knows_bearer; /* WWW-Authenticate says that a token arrived and was bad */
    char body[256];    /* its beginning */
    curl_off_t took_us;
    char error[CURL_ERROR_SIZE];
};

struct probe {
    const char *name;
    const char *method;
    const char *path;
    const char *authorization; /* a header line, or NULL */
    bool is_large;             /* sends LARGE_BYTES */
    bool is_chunked;           /* sends a short form without a length */
    long expected_status;
    bool expects_bearer; /* the credential must arrive */
    const char *advice;  /* NULL: it depends on the answer */
    const char *cost;    /* of what only the web server's administrator can change: what a tenant has to live with */
};

#define BAD_TOKEN "Authorization: Bearer orgctl-check"

/* What others depend on. */
enum { AUTHORIZATION_PROBE = 2 };

static const struct probe probes[] = {
    {"service answers", "GET", "/health", NULL, false, false, 200, false, NULL, NULL},
    {"workers are ready", "GET", "/health/ready", NULL, false, false, 200, false,
     "the workers cannot use the database: mend what 'orgctl check' says about it with the workers' configuration (--config), as "
     "their user (--as); if that is content, start the workers again",
     NULL},
    [AUTHORIZATION_PROBE] =
        {"Authorization arrives", "GET", "/users/me", BAD_TOKEN, false, false, 401, true,
         "your web server strips Authorization: add 'CGIPassAuth On' to the directory or location of orgd (Apache), or "
         "'fastcgi_param HTTP_AUTHORIZATION $http_authorization;' (nginx)",
         NULL},
    {"encoded slashes arrive", "GET", "/organizations/orgctl%2Fcheck", BAD_TOKEN, false, false, 401, true,
     "names with a slash cannot be fetched: add 'AllowEncodedSlashes NoDecode' to the virtual host (Apache), or "
     "'url-path-2f-reject' => 'disable' to server.http-parseopts (lighttpd)",
     "names with a slash cannot be fetched: use the organization's id, or ask your host for 'AllowEncodedSlashes NoDecode' in "
     "the virtual host"},
    {"encoded characters arrive", "GET", "/organizations/orgctl%3F%25%2B%20%C3%BC", BAD_TOKEN, false, false, 401, true,
     "names with '?', '%', '+', blanks or non-ASCII letters cannot be fetched: on Apache use SetHandler, not ProxyPass; "
     "elsewhere do not rewrite the path",
     NULL},
    {"PATCH and DELETE arrive", "PATCH", "/users/me", NULL, false, false, 405, false,
     "your web server does not pass on the methods PATCH and DELETE: remove LimitExcept, a WAF rule or limit_except that stops them",
     NULL},
    {"large bodies are refused by orgd", "POST", "/auth/login", NULL, true, false, 413, false,
     "your web server's own limit comes first: set 'FcgidMaxRequestLen 16777216' (mod_fcgid), 'client_max_body_size 16m' (nginx), "
     "'server.max-request-size' (lighttpd) or LimitRequestBody (Apache) above orgd's max_body",
     "a body beyond the web server's own limit gets its error page instead of orgd's answer"},
    {"chunked bodies arrive", "POST", "/auth/login", NULL, false, true, 400, false,
     "bodies without a Content-Length do not arrive: let the web server buffer requests (proxy_request_buffering, "
     "server.stream-request-body = 0)",
     NULL},
};

const size_t check_url_count = ARRAY_LENGTH(probes);

const char *check_url_name(size_t index)
{
    return probes[index].name;
}

const char *check_url_cost(size_t index)
{
    return probes[index].cost;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct answer *answer = user;

    if (answer->body[0] == '\0')
        snprintf(answer->body, sizeof(answer->body), "%.*s", (int)(size * count), data);
    return size * count;
}

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
    struct answer *answer = user;
    char line[1024];

    snprintf(line, sizeof(line), "%.*s", (int)(size * count), data);
    if (strncasecmp(line, "X-Request-Id:", 13) == 0)
        answer->is_ours = true;
    if (strncasecmp(line, "WWW-Authenticate:", 17) == 0 && strstr(line, "invalid_token") != NULL)
        answer->knows_bearer = true;
    return size * count;
}

/* The body of a chunked request: libcurl reads it piece by piece and cannot tell its length beforehand. */
static size_t read_form(char *out, size_t size, size_t count, void *user)
{
    const char **rest = user;
    size_t length = strlen(*rest);

    if (length > size * count)
        length = size * count;
    memcpy(out, *rest, length); /* NOLINT(bugprone-not-null-terminated-result): bytes, no string */
    *rest += length;
    return length;
}

static void set_body(CURL *curl, const struct probe *probe, struct arena *arena, const char **form)
{
    if (probe->is_large) {
        char *large = arena_alloc(arena, LARGE_BYTES);

        memset(large, 'a', LARGE_BYTES);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, large);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)LARGE_BYTES);
    } else if (probe->is_chunked) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_form);
        curl_easy_setopt(curl, CURLOPT_READDATA, form);
    }
}

static struct curl_slist *make_headers(const struct probe *probe)
{
    struct curl_slist *headers = NULL;

    if (probe->authorization != NULL)
        headers = curl_slist_append(headers, probe->authorization);
    if (probe->is_large || probe->is_chunked)
        headers = curl_slist_append(headers, "Content-Type: application/x-www-form-urlencoded");
    if (probe->is_chunked)
        headers = curl_slist_append(headers, "Transfer-Encoding: chunked");
    return curl_slist_append(headers, "Expect:");
}

static void ask(const char *url, const struct probe *probe, struct arena *arena, struct answer *out)
{
    const char *form = "grant_type=orgctl-check&password=x";
    struct curl_slist *headers = make_headers(probe);
    CURL *curl = curl_easy_init();

    if (curl == NULL || http_fetch_limit_protocols(curl) != CURLE_OK)
        abort();
    curl_easy_setopt(curl, CURLOPT_URL, arena_printf(arena, "%s%s", url, probe->path));
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, probe->method);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, out);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, out->error);
    set_body(curl, probe, arena, &form);
    curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
    curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME_T, &out->took_us);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
}

static bool is_good(const struct probe *probe, const struct answer *answer)
{
    return answer->is_ours && answer->status == probe->expected_status &&
           (!probe->expects_bearer || answer->knows_bearer);
}

/* The part of a URL, released by curl_free(), or NULL. */
static char *part_of(CURLU *url, CURLUPart part)
{
    char *text = NULL;

    return curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK ? text : NULL;
}

static bool has_same(CURLU *a, CURLU *b, CURLUPart part)
{
    char *of_a = part_of(a, part);
    char *of_b = part_of(b, part);
    bool is_same = of_a != NULL && of_b != NULL && strcasecmp(of_a, of_b) == 0;

    curl_free(of_a);
    curl_free(of_b);
    return is_same;
}

static bool is_loopback(CURLU *url)
{
    char *host = part_of(url, CURLUPART_HOST);
    bool is_so = host != NULL && url_is_loopback(host);

    curl_free(host);
    return is_so;
}

bool check_url_is_like(const char *url, const char *public_url)
{
    CURLU *a = curl_url();
    CURLU *b = curl_url();
    char slashed[2048];
    char public_slashed[2048];
    bool is_like;

    /* One trailing slash does not count. */
    snprintf(slashed, sizeof(slashed), "%s%s", url, url[0] != '\0' && url[strlen(url) - 1] == '/' ? "" : "/");
    snprintf(public_slashed, sizeof(public_slashed), "%s/", public_url);
    is_like = curl_url_set(a, CURLUPART_URL, slashed, 0) == CURLUE_OK &&
              curl_url_set(b, CURLUPART_URL, public_slashed, 0) == CURLUE_OK && has_same(a, b, CURLUPART_PATH) &&
              (is_loopback(a) ||
               (has_same(a, b, CURLUPART_SCHEME) && has_same(a, b, CURLUPART_HOST) && has_same(a, b, CURLUPART_PORT)));
    curl_url_cleanup(a);
    curl_url_cleanup(b);
    return is_like;
}

/* The service may be mounted above the URL. Returns the URL where it is, in the arena, or NULL. */
static const char *find_mount(const char *base, struct arena *arena)
{
    char *above = arena_strndup(arena, base, strlen(base));
    const char *host = strstr(above, "://");
    char *slash;

    while (host != NULL && (slash = strrchr(host + 3, '/')) != NULL) {
        struct answer answer = {0};

        *slash = '\0';
        ask(above, &probes[0], arena, &answer);
        if (is_good(&probes[0], &answer))
            return above;
    }
    return NULL;
}

/* What to do if the first probe got something else than orgd's word that it lives. */
static const char *explain_no_answer(const char *base, const struct answer *answer, struct arena *arena)
{
    if (answer->status == 0)
        return arena_printf(arena, "no web server answers at %s: start it, or correct the URL", base);
    if (answer->is_ours) {
        const char *mount = find_mount(base, arena);

        return mount == NULL
                   ? arena_printf(arena, "orgd answers, and does not know the path: its mount point is not %s", base)
                   : arena_printf(arena, "orgd is mounted at another path: use the URL %s", mount);
    }
    if (answer->status >= 500)
        return arena_printf(
            arena,
            "the web server at %s cannot reach the workers: start them ('systemctl start orgd', or the web "
            "server again where it starts them itself), or let it connect to their socket; its error log says "
            "which, and the workers' log why they do not start",
            base);
    return arena_printf(
        arena,
        "a web server answers at %s, and not orgd: correct the URL, or add orgd to the web server as the "
        "samples of conf/ show, and reload it",
        base);
}

static const char *without_slash(const char *url, struct arena *arena)
{
    return arena_strndup(arena, url, strlen(url) - (url[0] != '\0' && url[strlen(url) - 1] == '/'));
}

const char *check_url_gateway(const char *url, struct arena *arena)
{
    static const struct probe health = {.method = "GET", .path = "/health"};
    static const struct probe ready = {.method = "GET", .path = "/health/ready"};
    const char *base = without_slash(url, arena);
    struct answer answer = {0};
    struct answer with_database = {0};

    ask(base, &health, arena, &answer);
    if (strstr(answer.body, "\"gateway\":\"CGI\"") == NULL)
        return NULL;
    ask(base, &ready, arena, &with_database);
    return arena_printf(
        arena,
        "plain CGI: each request starts a program (%lld ms just now) and connects to the database (%lld ms "
        "together); with FastCGI, such as mod_fcgid's 'SetHandler fcgid-script', programs and connections stay",
        (long long)answer.took_us / 1000, (long long)with_database.took_us / 1000);
}

static const char *explain(const char *base, const struct probe *probe, const struct answer *answer,
                           struct arena *arena)
{
    if (probe->advice == NULL)
        return explain_no_answer(base, answer, arena);
    if (probe != &probes[AUTHORIZATION_PROBE] && probe->expects_bearer && answer->is_ours && answer->status == 401)
        return "nobody can tell before Authorization arrives: mend that first";
    return probe->advice;
}

const char *check_url(const char *url, size_t index, struct arena *arena)
{
    const struct probe *probe = &probes[index];
    struct answer answer = {0};
    const char *base = without_slash(url, arena);

    ask(base, probe, arena, &answer);
    if (is_good(probe, &answer))
        return NULL;
    return arena_printf(arena, "%s (%s %s got %ld%s%s)", explain(base, probe, &answer, arena), probe->method,
                        probe->path, answer.status, answer.error[0] == '\0' ? "" : ": ", answer.error);
}

long check_url_status(const char *url, struct arena *arena)
{
    static const struct probe probe = {.method = "GET", .path = ""};
    struct answer answer = {0};

    ask(url, &probe, arena, &answer);
    return answer.status;
}
