/* Sentences with holes by name, which a translation may put in another order: "Try again in {{seconds}} seconds." */
#ifndef ORGD_SENTENCE_H
#define ORGD_SENTENCE_H

#include "base/arena.h"
#include "base/buf.h"

struct sentence_value {
    const char *name;
    struct text value;
};

/* Appends the sentence; each hole becomes the value of its name, as `add` writes it. A hole that nobody knows stays. */
void sentence_add(struct buf *out, const char *sentence, const struct sentence_value *values, size_t count,
                  void (*add)(struct buf *out, struct text value));

/* The sentence in the arena, with the number in the hole of this name. */
const char *sentence_of_number(struct arena *arena, const char *sentence, const char *name, int64_t number);

#endif
