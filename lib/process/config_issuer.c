#include "config_private.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>

#define SECTION_START "issuer \""

const struct config_setting config_issuer_settings[] = {
#define SETTING_REQUIRED(key, sentence) {#key, false, NULL, 0, 0, NULL, sentence},
#define SETTING_STRING(key, default_value, sentence) {#key, false, default_value, 0, 0, NULL, sentence},
#define SETTING_INT(key, default_value, minimum, maximum, unit, sentence)                                              \
    {#key, true, #default_value, minimum, maximum, unit, sentence},
#include "domain/credentials/issuer_settings.def"
#undef SETTING_REQUIRED
#undef SETTING_STRING
#undef SETTING_INT
    {NULL, false, NULL, 0, 0, NULL, NULL},
};

static const size_t offsets[] = {
#define SETTING_REQUIRED(key, sentence) offsetof(struct config_issuer, key),
#define SETTING_STRING(key, default_value, sentence) offsetof(struct config_issuer, key),
#define SETTING_INT(key, default_value, minimum, maximum, unit, sentence) offsetof(struct config_issuer, key),
#include "domain/credentials/issuer_settings.def"
#undef SETTING_REQUIRED
#undef SETTING_STRING
#undef SETTING_INT
};

const struct config_table config_issuer_table = {config_issuer_settings, offsets};

/* URLs */

/* Takes a URL apart; false if it is none. Who may be in it, and a fragment, have no place in any of ours. */
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

static bool is_loopback(const char *host)
{
    struct in_addr address;

    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

bool config_is_http_url(const char *value)
{
    char *scheme = NULL;
    char *host = NULL;
    bool is_good = read_url(value, &scheme, &host) && (strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0);

    curl_free(scheme);
    curl_free(host);
    return is_good;
}

static bool is_safe_url(const char *value)
{
    char *scheme = NULL;
    char *host = NULL;
    bool is_good = read_url(value, &scheme, &host) &&
                   (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && is_loopback(host)));

    curl_free(scheme);
    curl_free(host);
    return is_good;
}

/* Values */

static bool is_not_empty(const char *value)
{
    return value[0] != '\0';
}

static bool is_path_or_safe_url(const char *value)
{
    return value[0] == '/' || is_safe_url(value);
}

static bool is_yes_or_no(const char *value)
{
    return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0;
}

static bool is_algorithm(const char *name, size_t length)
{
    static const char *const names[] = {
#define JWS_ALGORITHM(name, type, curve) name,
#include "domain/credentials/jws_algorithms.def"
#undef JWS_ALGORITHM
    };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
            return true;
    return false;
}

static bool are_algorithms(const char *value)
{
    const char *at = value + strspn(value, " ");

    if (*at == '\0')
        return false;
    while (*at != '\0') {
        size_t length = strcspn(at, " ");

        if (!is_algorithm(at, length))
            return false;
        at += length;
        at += strspn(at, " ");
    }
    return true;
}

const char *config_issuer_fault(const char *key, const char *value)
{
#define JWS_ALGORITHM(name, type, curve) " " name
    static const char algorithms_rule[] = "must be some of"
#include "domain/credentials/jws_algorithms.def"
                                          ", separated by blanks";
#undef JWS_ALGORITHM
    static const struct {
        const char *key;
        bool (*is_good)(const char *value);
        const char *rule;
    } rules[] = {
        {"audience", is_not_empty, "must not be empty"},
        {"jwks", is_path_or_safe_url,
         "must be an absolute path or an https:// URL; http:// is for 127.0.0.1, [::1] and localhost only"},
        {"algorithms", are_algorithms, algorithms_rule},
        {"user_claim", is_not_empty, "must not be empty"},
        {"provision", is_yes_or_no, "must be yes or no"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rules); i++)
        if (strcmp(rules[i].key, key) == 0 && !rules[i].is_good(value))
            return rules[i].rule;
    return NULL;
}

/* The section */

struct config_issuer *config_issuer_open(const char *name, struct arena *arena)
{
    static const struct config_issuer defaults = {
#define SETTING_REQUIRED(key, sentence) .key = NULL,
#define SETTING_STRING(key, default_value, sentence) .key = (default_value),
#define SETTING_INT(key, default_value, minimum, maximum, unit, sentence) .key = (default_value),
#include "domain/credentials/issuer_settings.def"
#undef SETTING_REQUIRED
#undef SETTING_STRING
#undef SETTING_INT
    };
    size_t start = sizeof(SECTION_START) - 1;
    size_t length = strlen(name);
    struct config_issuer *issuer;

    if (length < start + 1 || strncmp(name, SECTION_START, start) != 0 || name[length - 1] != '"')
        return NULL;
    issuer = arena_alloc(arena, sizeof(*issuer));
    *issuer = defaults;
    issuer->url = arena_strndup(arena, name + start, length - start - 1);
    return config_is_http_url(issuer->url) && strpbrk(issuer->url, "\" ") == NULL ? issuer : NULL;
}

const char *config_issuer_lacks(const struct config_issuer *issuer)
{
    for (size_t i = 0; config_issuer_settings[i].key != NULL; i++)
        if (config_issuer_settings[i].default_text == NULL &&
            *(const char *const *)(const void *)((const char *)issuer + offsets[i]) == NULL)
            return config_issuer_settings[i].key;
    return NULL;
}

bool config_issuer_allows(const struct config_issuer *issuer, const char *algorithm)
{
    return config_has_word(issuer->algorithms, algorithm);
}
