#include "issuer_settings.h"

#include <string.h>

#include "web/url.h"

#define SECTION_START "issuer \""

bool issuer_settings_say_yes(const char *value)
{
    return strcmp(value, "yes") == 0;
}

static bool is_one_of(const char *word, size_t length, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strlen(*words) == length && memcmp(*words, word, length) == 0)
            return true;
    return false;
}

/* True if there is a word, and each is one of these. */
static bool are_words(const char *value, const char *const *words)
{
    const char *at = value + strspn(value, " ");

    if (*at == '\0')
        return false;
    while (*at != '\0') {
        size_t length = strcspn(at, " ");

        if (!is_one_of(at, length, words))
            return false;
        at += length;
        at += strspn(at, " ");
    }
    return true;
}

static bool are_algorithms(const char *value)
{
    static const char *const names[] = {
#define JWS_ALGORITHM(name, type, curve) name,
#include "jws_algorithms.def"
#undef JWS_ALGORITHM
        NULL,
    };

    return are_words(value, names);
}

static bool are_types(const char *value)
{
    static const char *const types[] = {"at+jwt", "JWT", "none", NULL};

    return are_words(value, types);
}

#define JWS_ALGORITHM(name, type, curve) " " name
static const char algorithms_sentence[] = "must be some of"
#include "jws_algorithms.def"
                                          ", separated by blanks";
#undef JWS_ALGORITHM

const struct setting_rule issuer_settings_rule_algorithms = {are_algorithms, algorithms_sentence, NULL};
const struct setting_rule issuer_settings_rule_types = {are_types,
                                                        "must be some of at+jwt JWT none, separated by blanks", NULL};

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
    return url_is_http(url) && strpbrk(url, "\" ") == NULL && strlen(url) <= ISSUER_URL_BYTES_MAX ? url : NULL;
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
