/* Names: of organizations, accounts, keys and clients. One rule says which there are, and one key which of them are the
 * same.
 *
 *     struct name name;
 *
 *     if (name_accept(call->arena, given, 64, &name, err) < 0)
 *         return -1; */
#ifndef ORGD_NAME_H
#define ORGD_NAME_H

#include "web/fields.h"

#define NAME_KEY_BYTES_MAX 1024 /* the columns name_key take it, and what SERVICE_NAME_KEY adds */

/* A name as it is stored: in NFC, with its key. */
struct name {
    struct text text;
    struct text key;
};

/* The rule, for a field with FIELD_NFC that has bounds of its own (fields.h). A name has no control characters, no
 * bidirectional controls, no unassigned code points and no white space at its ends. Its key is neither empty nor "."
 * nor ".." (no URL could lead there), does not look like a UUID, and has at most NAME_KEY_BYTES_MAX bytes. */
const struct field_complaint *name_check(struct arena *arena, struct text name);

/* The rule for what people and programs are called besides: one line, without control characters. It need not be
 * unique, so it has no key. */
const struct field_complaint *name_check_line(struct arena *arena, struct text line);

/* Normalizes what an operator or another issuer gives, and checks it: 1 to `maximum` code points after that, by the
 * same rule. Fails with ERR_VALIDATION. */
int name_accept(struct arena *arena, struct text given, size_t maximum, struct name *out, struct error *err) NODISCARD;

/* Returns the key of a name that somebody asks for, in the arena. What cannot be a name, because it is not UTF-8, gets
 * the empty key, which no name has. */
struct text name_key(struct arena *arena, struct text name);

/* A range of names: their keys, as bytes, lie at `from` or behind it, and before `end`. It is well-formed UTF-8, and
 * holds nothing if `from` is not before `end`. */
struct name_range {
    struct text from;
    struct text end;
};

/* Returns the names whose keys begin with a key; with the empty one all that there are. A key that is cut off between
 * two code points is a key again, so all that a name begins with may be searched for. But a letter counts with its
 * accents, here as everywhere: "e" is not what "é" begins with, however it is sent. */
struct name_range name_range_of(struct arena *arena, struct text beginning);

/* Take out of a range what is not this name; this name and what is before it; this name and what is behind it. */
void name_range_keep_only(struct arena *arena, struct name_range *range, struct text key);
void name_range_start_behind(struct arena *arena, struct name_range *range, struct text key);
void name_range_end_before(struct name_range *range, struct text key);

#endif
