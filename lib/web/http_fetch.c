#include "http_fetch.h"

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct buf *out = user;

    buf_add(out, data, size * count);
    return out->overflowed ? 0 : size * count; /* returning 0 ends the transfer */
}

CURLcode http_fetch_limit_protocols(CURL *curl)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/* Options whose text libcurl copies can fail. Without one of them this would be a different transfer, so it must not
 * start. */
static CURLcode set_options(CURL *curl, const char *url, int64_t timeout_s)
{
    const struct {
        CURLoption option;
        const char *text;
    } texts[] = {
        {CURLOPT_URL, url},
        {CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION},
        {CURLOPT_PROXY, ""},
    };
    CURLcode code = http_fetch_limit_protocols(curl);

    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)timeout_s);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)timeout_s);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    /* Without this, cleaning up waits for a resolver that does not answer, however long that takes. */
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
#endif
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    for (size_t i = 0; i < ARRAY_LENGTH(texts) && code == CURLE_OK; i++)
        code = curl_easy_setopt(curl, texts[i].option, texts[i].text);
    return code;
}

int http_fetch(const char *url, int64_t timeout_s, struct buf *out, struct error *err)
{
    CURL *curl = curl_easy_init();
    char cause[CURL_ERROR_SIZE] = "";
    long status = 0;
    CURLcode code;

    if (curl == NULL)
        return error_set(err, ERR_UNAVAILABLE, "memory ran out");
    code = set_options(curl, url, timeout_s);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, cause);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    if (code == CURLE_OK)
        code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    if (out->overflowed)
        return error_set(err, ERR_UNAVAILABLE, "the answer is longer than %zu bytes", out->maximum);
    if (code != CURLE_OK)
        return error_set(err, ERR_UNAVAILABLE, "%s", cause[0] != '\0' ? cause : curl_easy_strerror(code));
    if (status != 200)
        return error_set(err, ERR_UNAVAILABLE, "the answer has the status %ld", status);
    return 0;
}
