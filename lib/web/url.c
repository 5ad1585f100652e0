#include "url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/text.h"

#define URL_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#@!$&'()*+,;=%"

/* RFC 3986, 2 and 3.2.2: brackets stand round an address only, a number sign once, and percent signs before two
 * hexadecimal digits. libcurl takes more. `rest` is what follows the authority. */
static bool is_encoded(const char *url, const char *rest)
{
    const char *fragment = strchr(rest, '#');

    if (url[strspn(url, URL_CHARACTERS "[]")] != '\0' || rest[strspn(rest, URL_CHARACTERS)] != '\0')
        return false;
    for (const char *at = url; (at = strchr(at, '%')) != NULL; at++)
        if (!isxdigit((unsigned char)at[1]) || !isxdigit((unsigned char)at[2]))
            return false;
    return fragment == NULL || strchr(fragment + 1, '#') == NULL;
}

bool url_is_encoded(const char *url)
{
    return is_encoded(url, url);
}

/* Judges what libcurl has taken. Its parser accepts one slash or three; an absolute URL has exactly two. Older versions
 * accept brackets within a name. */
static enum url_verdict judge_parsed(const char *url, const char *scheme, const char *const *schemes)
{
    const char *authority = url + strlen(scheme) + 3;
    const char *rest;

    if (strcasecmp(scheme, schemes[0]) != 0 && strcasecmp(scheme, schemes[1]) != 0)
        return URL_WRONG_SCHEME;
    if (strncmp(authority - 3, "://", 3) != 0 || authority[0] == '/')
        return URL_UNPARSABLE;
    rest = authority + strcspn(authority, "/?#");
    if (memchr(authority, '@', (size_t)(rest - authority)) != NULL)
        return URL_WITH_USER;
    if (authority[0] != '[' && authority[strcspn(authority, "[]/?#")] != rest[0])
        return URL_UNPARSABLE;
    return is_encoded(url, rest) ? URL_GOOD : URL_NOT_ENCODED;
}

static enum url_verdict judge(struct text text, const char *const *schemes)
{
    CURLU *url = curl_url();
    char *scheme = NULL;
    enum url_verdict verdict = URL_UNPARSABLE;
    CURLUcode code;

    if (strlen(text.data) != text.length) {
        curl_url_cleanup(url);
        return URL_UNPARSABLE;
    }
    code = curl_url_set(url, CURLUPART_URL, text.data, 0); /* CURLUE_BAD_HANDLE if the handle is NULL */
    if (code == CURLUE_OK)
        code = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
    if (code == CURLUE_OUT_OF_MEMORY || code == CURLUE_BAD_HANDLE) {
        memory_ran_out(NULL);
    } else if (code == CURLUE_UNSUPPORTED_SCHEME) {
        verdict = URL_WRONG_SCHEME;
    } else if (code == CURLUE_OK) {
        verdict = judge_parsed(text.data, scheme, schemes);
    }
    curl_free(scheme);
    curl_url_cleanup(url);
    return verdict;
}

enum url_verdict url_judge(struct text text)
{
    return judge(text, (const char *const[]){"http", "https"});
}

bool url_is_mail_server(const char *value)
{
    return judge(text_of(value), (const char *const[]){"smtp", "smtps"}) == URL_GOOD &&
           value[strcspn(value, "?#")] == '\0';
}

bool url_is_http(const char *value)
{
    return url_judge(text_of(value)) == URL_GOOD && strchr(value, '#') == NULL;
}

bool url_is_loopback(const char *host)
{
    struct in_addr address;

    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

bool url_leads_to_loopback(const char *value)
{
    CURLU *url = curl_url();
    char *host = NULL;
    bool is_so = curl_url_set(url, CURLUPART_URL, value, 0) == CURLUE_OK &&
                 curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK && url_is_loopback(host);

    curl_free(host);
    curl_url_cleanup(url);
    return is_so;
}

const char *url_host(const char *url, struct arena *arena)
{
    CURLU *parsed = curl_url();
    char *host = NULL;
    const char *result = "localhost";

    if (curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK)
        result = arena_strndup(arena, host, strlen(host));
    else
        memory_ran_out(NULL);
    curl_free(host);
    curl_url_cleanup(parsed);
    return result;
}

static bool is_path_or_safe_url(const char *value)
{
    return settings_is_path(value) ||
           (url_is_http(value) && (strncasecmp(value, "https:", 6) == 0 || url_leads_to_loopback(value)));
}

/* Headers, JSON and tokens carry this URL unchanged, with paths after it. */
static bool is_url_of_service(const char *value)
{
    return url_is_http(value) && (strncmp(value, "http://", 7) == 0 || strncmp(value, "https://", 8) == 0) &&
           strchr(value, '?') == NULL && value[strlen(value) - 1] != '/';
}

static const char *path_of_key_set(const char *value)
{
    return settings_is_path(value) ? value : NULL;
}

const struct setting_rule url_rule_service = {
    is_url_of_service, "must be an http:// or https:// URL without user, query, fragment and final slash", NULL};
const struct setting_rule url_rule_key_set = {
    is_path_or_safe_url,
    "must be an https:// URL, or a path with a slash in it; http:// is for 127.0.0.1, [::1] and localhost only",
    path_of_key_set};
