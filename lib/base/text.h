/* Questions about UTF-8 text, answered by libunistring. */
#ifndef ORGD_TEXT_H
#define ORGD_TEXT_H

#include "arena.h"
#include "base.h"

/* True if the bytes are well-formed UTF-8 (no surrogates, no overlong forms). */
bool text_is_utf8(struct text text);

/* Counts the Unicode code points of well-formed UTF-8. */
size_t text_length(struct text text);

/* True if any code point is of general category Cc (U+0000-001F, U+007F-009F). */
bool text_has_control(struct text text);

/* Overwrites the bytes of U+0080-009F with `blank`, because terminals may act on them. */
void text_blank_c1(char *utf8, char blank);

/* True if the first or last code point has the Unicode property White_Space. */
bool text_has_outer_space(struct text text);

/* Returns the text in Normalization Form C, in the arena. This function and the next one may note that memory ran out
 * (memory.h), and return an empty text then. */
struct text text_nfc(struct arena *arena, struct text text);

/* Returns the key by which two names are compared "without regard to case": the NFC of the full Unicode case folding of
 * the NFC, in the arena. Accents make a difference; the special rules of single languages do not apply. */
struct text text_fold(struct arena *arena, struct text text);

/* Returns the text of a NUL-terminated string. NULL gives a text without data. */
struct text text_of(const char *string);

bool text_equal(struct text a, struct text b);

/* True if `word` is one of those in `list`, which blanks separate. No word is empty. */
bool text_has_word(const char *list, const char *word);

#endif
