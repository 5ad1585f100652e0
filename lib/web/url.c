#include "url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define SCHEME_CHARACTERS LETTERS_AND_DIGITS "+-."
#define HOST_CHARACTERS LETTERS_AND_DIGITS "-._~!$&'()*+,;=%"
#define URL_CHARACTERS HOST_CHARACTERS ":/?#@"
#define PORT_DIGITS_MAX 5
#define PORT_MAX 65535

/* The pieces of an absolute URL (RFC 3986, 3), which point into it. */
struct pieces {
    struct text scheme;
    struct text authority;
    struct text host; /* with the brackets of an address */
    const char *rest; /* what follows the authority */
};

static bool is_word(struct text text, const char *word)
{
    return text.length == strlen(word) && strncasecmp(text.data, word, text.length) == 0;
}

/* Reads the scheme and its colon. Returns what follows, or NULL. */
static const char *read_scheme(const char *url, struct text *out)
{
    size_t length = strspn(url, SCHEME_CHARACTERS);

    *out = (struct text){url, length};
    return isalpha((unsigned char)url[0]) && url[length] == ':' ? url + length + 1 : NULL;
}

/* True of "[" IPv6address "]". */
static bool is_bracketed_address(struct text host)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr binary;

    if (host.length < 2 || host.data[0] != '[' || host.data[host.length - 1] != ']' ||
        host.length - 2 >= sizeof(address))
        return false;
    memcpy(address, host.data + 1, host.length - 2);
    address[host.length - 2] = '\0';
    return inet_pton(AF_INET6, address, &binary) == 1;
}

/* True of nothing, or a colon with the number of a port, or with none. */
static bool is_port(const char *text, size_t length)
{
    return length == 0 || (text[0] == ':' && length <= PORT_DIGITS_MAX + 1 &&
                           strspn(text + 1, "0123456789") >= length - 1 && strtol(text + 1, NULL, 10) <= PORT_MAX);
}

/* Takes host and port out of an authority without user information. */
static bool read_host(struct text authority, struct text *out)
{
    const char *bracket = memchr(authority.data, ']', authority.length);
    size_t length = bracket != NULL ? (size_t)(bracket - authority.data) + 1 : strspn(authority.data, HOST_CHARACTERS);

    *out = (struct text){authority.data, length};
    return length > 0 && is_port(authority.data + length, authority.length - length) &&
           (bracket == NULL || is_bracketed_address(*out));
}

/* RFC 3986, 2: a number sign stands once, and a percent sign before two hexadecimal digits. `rest` is what follows the
 * authority. */
static bool is_encoded(const char *url, const char *rest)
{
    const char *fragment = strchr(rest, '#');

    if (rest[strspn(rest, URL_CHARACTERS)] != '\0')
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

static enum url_verdict take_apart(const char *url, struct pieces *out)
{
    const char *behind = read_scheme(url, &out->scheme);

    if (behind == NULL)
        return URL_UNPARSABLE;
    if (!is_word(out->scheme, "http") && !is_word(out->scheme, "https"))
        return URL_WRONG_SCHEME;
    if (strncmp(behind, "//", 2) != 0)
        return URL_UNPARSABLE;
    out->authority = (struct text){behind + 2, strcspn(behind + 2, "/?#")};
    out->rest = out->authority.data + out->authority.length;
    if (memchr(out->authority.data, '@', out->authority.length) != NULL)
        return URL_WITH_USER;
    if (!read_host(out->authority, &out->host))
        return URL_UNPARSABLE;
    return is_encoded(url, out->rest) ? URL_GOOD : URL_NOT_ENCODED;
}

enum url_verdict url_judge(struct text text)
{
    struct pieces pieces;

    return strlen(text.data) == text.length ? take_apart(text.data, &pieces) : URL_UNPARSABLE;
}

/* Takes apart a URL without user and fragment, which none of our own URLs may have. */
static bool read_url(const char *value, struct pieces *out)
{
    return take_apart(value, out) == URL_GOOD && strchr(out->rest, '#') == NULL;
}

bool url_is_http(const char *value)
{
    struct pieces pieces;

    return read_url(value, &pieces);
}

/* An address of 127.0.0.0/8 is one that inet_pton() reads, so "127.1.example.org" is none. */
static bool is_loopback(struct text host)
{
    char name[INET_ADDRSTRLEN] = "";
    struct in_addr address;

    if (is_word(host, "localhost") || is_word(host, "[::1]"))
        return true;
    if (host.length >= sizeof(name))
        return false;
    memcpy(name, host.data, host.length);
    return inet_pton(AF_INET, name, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

static bool is_path_or_safe_url(const char *value)
{
    struct pieces pieces;

    return settings_is_path(value) ||
           (read_url(value, &pieces) && (is_word(pieces.scheme, "https") || is_loopback(pieces.host)));
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
