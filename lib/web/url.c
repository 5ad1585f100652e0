#include "url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

/* libcurl's parser accepts one slash or three; an absolute URL has exactly two. */
enum url_verdict url_judge(struct text text)
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
        size_t length = strlen(scheme);

        if (strcasecmp(scheme, "http") != 0 && strcasecmp(scheme, "https") != 0)
            verdict = URL_WRONG_SCHEME;
        else if (strncmp(text.data + length, "://", 3) == 0 && text.data[length + 3] != '/')
            verdict = URL_GOOD;
    }
    curl_free(scheme);
    curl_url_cleanup(url);
    return verdict;
}

/* Takes a URL apart. Returns false if it is not a URL, or has a user or a fragment, which none of our URLs may have. */
static bool read_url(const char *value, char **scheme, char **host)
{
    CURLU *url = curl_url();
    char *fragment = NULL;
    bool is_url = curl_url_set(url, CURLUPART_URL, value, CURLU_DISALLOW_USER) == CURLUE_OK &&
                  curl_url_get(url, CURLUPART_SCHEME, scheme, 0) == CURLUE_OK &&
                  curl_url_get(url, CURLUPART_HOST, host, 0) == CURLUE_OK &&
                  curl_url_get(url, CURLUPART_FRAGMENT, &fragment, 0) != CURLUE_OK;

    curl_free(fragment);
    curl_url_cleanup(url);
    return is_url;
}

bool url_is_http(const char *value)
{
    char *scheme = NULL;
    char *host = NULL;
    bool is_good = read_url(value, &scheme, &host) && (strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0);

    curl_free(scheme);
    curl_free(host);
    return is_good;
}

static bool is_loopback(const char *host)
{
    struct in_addr address;

    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

static bool is_path_or_safe_url(const char *value)
{
    char *scheme = NULL;
    char *host = NULL;
    bool is_good =
        value[0] == '/' || (read_url(value, &scheme, &host) &&
                            (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && is_loopback(host))));

    curl_free(scheme);
    curl_free(host);
    return is_good;
}

/* Headers, JSON and tokens carry this URL unchanged, with paths after it. */
static bool is_url_of_service(const char *value)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/[]@!$&'()*+,;=%";
    size_t length = strlen(value);

    /* libcurl accepts upper case and other numbers of slashes, so check these too. */
    return url_is_http(value) && (strncmp(value, "http://", 7) == 0 || strncmp(value, "https://", 8) == 0) &&
           strstr(value, ":///") == NULL && strspn(value, allowed) == length && value[length - 1] != '/';
}

const struct setting_rule url_rule_service = {
    is_url_of_service, "must be an http:// or https:// URL without user, query, fragment and final slash"};
const struct setting_rule url_rule_key_set = {
    is_path_or_safe_url,
    "must be an absolute path or an https:// URL; http:// is for 127.0.0.1, [::1] and localhost only"};
