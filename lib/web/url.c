#include "url.h"

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
