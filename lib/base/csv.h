/* Comma-separated values, as RFC 4180 has them, in UTF-8.
 *
 *     struct csv csv = {.text = text};
 *     struct csv_record record;
 *
 *     while (csv_next(&csv, arena, &record))
 *         … record.fields[0] …
 */
#ifndef ORGD_CSV_H
#define ORGD_CSV_H

#include "arena.h"
#include "buf.h"
#include "text.h"

#define CSV_FIELDS_MAX 32

struct csv {
    struct text text;
    size_t at;    /* where the next record begins */
    size_t lines; /* before it */
};

struct csv_record {
    size_t line; /* on which it begins, from 1 */
    struct text fields[CSV_FIELDS_MAX];
    size_t count;
    const char *fault; /* why this is no record; NULL: it is one */
};

/* Reads the next record; its fields are in the arena. Lines end with CR LF or LF; empty ones, and a byte order mark at
 * the beginning, are skipped. After a fault it goes on with the next line. Returns false at the end. */
bool csv_next(struct csv *csv, struct arena *arena, struct csv_record *out);

/* Appends a field, in quotes if it needs them; without data it is empty. */
void csv_add(struct buf *out, struct text field);

/* The same for people who open the file in a spreadsheet, which would compute a field that begins like a formula: with
 * = + - @ (behind any white space), a tab or the end of a line; or that has such a beginning behind a semicolon. A
 * single quote before it makes it text (OWASP, CSV Injection). So such a field is not read again as it was. */
void csv_add_for_spreadsheet(struct buf *out, struct text field);

#endif
