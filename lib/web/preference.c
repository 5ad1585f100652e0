#include "preference.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Reads the weight among the parameters that begin here. */
static double weight_of(const char *parameters)
{
    for (const char *at = parameters; *at != '\0' && *at != ','; at += strcspn(at, ";,")) {
        at += strspn(at, " \t;");
        if (strncasecmp(at, "q=", 2) == 0)
            return strtod(at + 2, NULL);
    }
    return 1;
}

bool preference_next(const char **header, struct preference *out)
{
    const char *at = *header == NULL ? "" : *header + strspn(*header, " \t,");

    if (*at == '\0')
        return false;
    out->range = (struct text){at, strcspn(at, " \t;,")};
    out->weight = weight_of(at + out->range.length);
    *header = at + strcspn(at, ",");
    return true;
}

static bool is_same(struct text range, const char *text, size_t length)
{
    return range.length == length && strncasecmp(range.data, text, length) == 0;
}

/* Says how precisely the range names the media type, from 0: not at all. */
static int precision_of(struct text range, const char *media_type)
{
    size_t main_length = strcspn(media_type, "/") + 1;

    if (is_same(range, media_type, strlen(media_type)))
        return 3;
    if (range.length == main_length + 1 && range.data[main_length] == '*')
        return strncasecmp(range.data, media_type, main_length) == 0 ? 2 : 0;
    return is_same(range, "*/*", 3) ? 1 : 0;
}

double preference_for_media(const char *accept, const char *media_type)
{
    struct preference found;
    double weight = accept == NULL ? 1 : 0;
    int best = 0;

    while (preference_next(&accept, &found)) {
        int precision = precision_of(found.range, media_type);

        if (precision <= best)
            continue;
        best = precision;
        weight = found.weight;
    }
    return weight;
}
