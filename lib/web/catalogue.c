#include "catalogue.h"

#include <string.h>
#include <strings.h>

#include "preference.h"

static const char english_tag[] = "en";

const char *catalogue_language(const struct catalogue *catalogue)
{
    return catalogue == NULL ? english_tag : catalogue->language;
}

static const struct catalogue_entry *find(const struct catalogue *catalogue, const char *key)
{
    const struct catalogue_entry *entry = catalogue == NULL ? NULL : catalogue->entries;

    while (entry != NULL && entry->english != NULL && strcmp(entry->english, key) != 0)
        entry++;
    return entry != NULL && entry->english != NULL ? entry : NULL;
}

const char *catalogue_find(const struct catalogue *catalogue, const char *english)
{
    const struct catalogue_entry *entry = find(catalogue, english);

    return entry == NULL ? english : entry->forms[0];
}

const char *catalogue_find_plural(const struct catalogue *catalogue, const char *one, const char *several, int64_t n)
{
    const struct catalogue_entry *entry = find(catalogue, one);

    if (entry == NULL)
        return n == 1 ? one : several;
    return entry->forms[catalogue->form_of((unsigned long)n)];
}

/* Accept-Language */

static bool is_language(struct text range, const char *language)
{
    return range.length == strlen(language) && strncasecmp(range.data, language, range.length) == 0;
}

/* Finds the language of this range: a catalogue, or English. Returns false if it is none of ours. */
static bool find_language(const struct catalogue *const *all, struct text range, const struct catalogue **out)
{
    for (; *all != NULL; all++)
        if (is_language(range, (*all)->language)) {
            *out = *all;
            return true;
        }
    *out = NULL;
    return is_language(range, english_tag) || is_language(range, "*");
}

/* Does the same, and tries the range without its last subtags as well. */
static bool look_up(const struct catalogue *const *all, struct text range, const struct catalogue **out)
{
    while (range.length > 0) {
        if (find_language(all, range, out))
            return true;
        do
            range.length--;
        while (range.length > 0 && range.data[range.length] != '-');
    }
    return false;
}

const struct catalogue *catalogue_choose(const struct catalogue *const *all, const char *accept_language)
{
    const struct catalogue *chosen = NULL;
    struct preference wish;
    double best = 0;

    while (preference_next(&accept_language, &wish)) {
        const struct catalogue *found;

        if (wish.weight > best && look_up(all, wish.range, &found)) {
            chosen = found;
            best = wish.weight;
        }
    }
    return chosen;
}
