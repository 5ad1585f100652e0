#include "issuer_settings.h"

#include <string.h>

#include "web/url.h"

#define SECTION_START "issuer \""

static bool is_algorithm(const char *name, size_t length)
{
    static const char *const names[] = {
#define JWS_ALGORITHM(name, type, curve) name,
#include "jws_algorithms.def"
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

#define JWS_ALGORITHM(name, type, curve) " " name
static const char algorithms_sentence[] = "must be some of"
#include "jws_algorithms.def"
                                          ", separated by blanks";
#undef JWS_ALGORITHM

const struct setting_rule issuer_settings_rule_algorithms = {are_algorithms, algorithms_sentence};

const struct setting issuer_settings_table[] = {
#define SETTINGS_FILE "domain/credentials/issuer_settings.def"
#define SETTINGS_RECORD struct issuer_settings
#include "process/settings_rows.def"
    {0},
};

/* Returns the URL of a section, or NULL if its name is not of the form `issuer "URL"`. */
static const char *url_of(const char *name, struct arena *arena)
{
    size_t start = sizeof(SECTION_START) - 1;
    size_t length = strlen(name);
    const char *url;

    if (length < start + 1 || strncmp(name, SECTION_START, start) != 0 || name[length - 1] != '"')
        return NULL;
    url = arena_strndup(arena, name + start, length - start - 1);
    return url_is_http(url) && strpbrk(url, "\" ") == NULL ? url : NULL;
}

int issuer_settings_begin(struct issuer_settings **list, const char *name, const char *place, struct arena *arena,
                          struct settings_section *out, struct error *err)
{
    const char *url = url_of(name, arena);
    struct issuer_settings **last = list;

    if (url == NULL)
        return error_set(err, ERR_VALIDATION,
                         "%s: unknown section [%s]; there are only sections [issuer \"https://…\"]", place, name);
    for (; *last != NULL; last = &(*last)->next)
        if (strcmp((*last)->url, url) == 0)
            return error_set(err, ERR_VALIDATION, "%s: the issuer %s already has a section", place, url);
    *last = arena_zalloc(arena, sizeof(**last));
    (*last)->url = url;
    (*last)->place = place;
    *out = (struct settings_section){*last, arena_printf(arena, "the issuer %s", url)};
    return 0;
}
