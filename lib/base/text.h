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

/* Counts the columns that the text takes at a terminal (UAX #11): wide characters take two, combining ones none. */
size_t text_width(struct text text);

/* Returns the text without what terminals act on, in the arena: controls become blanks; what changes the order of the
 * characters behind it (Bidi_Control), and U+2028 and U+2029, become U+FFFD. */
const char *text_printable(struct arena *arena, struct text text);

/* Returns JSON text in which \u and four digits stand for each character that text_printable() replaces, in the arena.
 */
const char *text_escape_json(struct arena *arena, struct text json);

/* Overwrites the bytes of U+0080-009F with `blank`, because terminals may act on them. */
void text_blank_c1(char *utf8, char blank);

/* True if any code point is unassigned (general category Cn, noncharacters too), as Unicode was when libunistring was
 * made. */
bool text_has_unassigned(struct text text);

/* True if any code point has the Unicode property Bidi_Control: it may show what follows in another order. */
bool text_has_bidi_control(struct text text);

/* True if the first or last code point has the Unicode property White_Space. Those that nobody sees (the property
 * Default_Ignorable_Code_Point) do not count. */
bool text_has_outer_space(struct text text);

/* Returns the part of the text (well-formed or not) without white space, and without what nobody sees, at its ends; a
 * text without data if nothing is left. It shares the memory of `text`, so no NUL follows it. */
struct text text_trim(struct text text);

/* Returns the text in Normalization Form C, in the arena. This function and the next one may note that memory ran out
 * (memory.h), and return an empty text then. */
struct text text_nfc(struct arena *arena, struct text text);

/* Returns the key by which two names are compared, in the arena: the text without default-ignorable code points,
 * case-folded to NFKC, without those again, in NFC. So case, width, ligatures and what nobody sees make no difference,
 * but accents do. The special rules of single languages do not apply. The key of a key is the key. */
struct text text_key(struct arena *arena, struct text text);

/* Returns the text of a NUL-terminated string. NULL gives a text without data. */
struct text text_of(const char *string);

bool text_equal(struct text a, struct text b);

/* The same, but a text without data differs from an empty one, as null does from "". */
bool text_is_same(struct text a, struct text b);

/* True if `word` is one of those in `list`, which blanks separate. No word is empty. */
bool text_has_word(const char *list, const char *word);

#endif
