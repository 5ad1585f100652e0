/* Sentences with holes by name, which a translation may put in another order: "Try again in {{seconds}} seconds." */
#ifndef ORGD_SENTENCE_H
#define ORGD_SENTENCE_H

#include "base/arena.h"
#include "base/buf.h"

struct sentence_value {
    const char *name;
    struct text value;
};

/* Appends the sentence. `add` writes the value of each hole. A hole with an unknown name stays as it is. */
void sentence_add(struct buf *out, const char *sentence, const struct sentence_value *values, size_t count,
                  void (*add)(struct buf *out, struct text value));

/* Returns the sentence, in the arena, with the number in the hole of this name. */
const char *sentence_of_number(struct arena *arena, const char *sentence, const char *name, int64_t number);

#endif
