#include "html.h"

#include <string.h>
#include <strings.h>

static const char *escape_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_add_text(struct buf *out, struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        const char *escape = escape_of(text.data[i]);

        if (escape != NULL)
            buf_add_string(out, escape);
        else
            buf_add_char(out, text.data[i]);
    }
}

static bool has_scheme(struct text url, const char *scheme)
{
    return url.length >= strlen(scheme) && strncasecmp(url.data, scheme, strlen(scheme)) == 0;
}

/* True if the URL has no scheme, or a good one. Browsers ignore blanks and control characters before and within a
 * scheme, so a colon before the first slash means one. */
static bool may_be_followed(struct text url)
{
    for (size_t i = 0; i < url.length && strchr("/?#", url.data[i]) == NULL; i++)
        if (url.data[i] == ':')
            return has_scheme(url, "https://") || has_scheme(url, "http://") || has_scheme(url, "mailto:");
    return true;
}

void html_add_url(struct buf *out, struct text url)
{
    html_add_text(out, may_be_followed(url) ? url : TEXT("about:invalid"));
}

void html_add_sentence(struct buf *out, const char *html, const struct sentence_value *values, size_t count)
{
    sentence_add(out, html, values, count, html_add_text);
}
