#include "sentence.h"

#include <string.h>

#define SENTENCE_BYTES_MAX 4096

static const struct sentence_value *find(const struct sentence_value *values, size_t count, const char *hole,
                                         size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(values[i].name) == length && memcmp(values[i].name, hole, length) == 0)
            return &values[i];
    return NULL;
}

void sentence_add(struct buf *out, const char *sentence, const struct sentence_value *values, size_t count,
                  void (*add)(struct buf *out, struct text value))
{
    const char *hole;
    const char *end;

    while ((hole = strstr(sentence, "{{")) != NULL && (end = strstr(hole, "}}")) != NULL) {
        const struct sentence_value *found = find(values, count, hole + 2, (size_t)(end - hole - 2));

        buf_add(out, sentence, (size_t)((found == NULL ? end + 2 : hole) - sentence));
        if (found != NULL)
            add(out, found->value);
        sentence = end + 2;
    }
    buf_add_string(out, sentence);
}

static void add_plainly(struct buf *out, struct text value)
{
    buf_add(out, value.data, value.length);
}

const char *sentence_of_number(struct arena *arena, const char *sentence, const char *name, int64_t number)
{
    const char *digits = arena_printf(arena, "%lld", (long long)number);
    const struct sentence_value value = {name, {digits, strlen(digits)}};
    struct buf filled CLEANUP(buf_release);

    buf_init(&filled, SENTENCE_BYTES_MAX);
    sentence_add(&filled, sentence, &value, 1, add_plainly);
    return arena_strndup(arena, filled.length == 0 ? "" : filled.data, filled.length);
}
