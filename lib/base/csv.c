#include "csv.h"

#include <string.h>
#include <unictype.h>
#include <unistr.h>

#define BOM "\xef\xbb\xbf"

static bool is_at_end(const struct csv *csv)
{
    return csv->at == csv->text.length;
}

static char next(const struct csv *csv)
{
    if (is_at_end(csv))
        return '\n';
    return csv->text.data[csv->at];
}

/* Steps over the end of a line, if there is one. */
static bool take_line_end(struct csv *csv)
{
    size_t rest = csv->text.length - csv->at;
    const char *at = csv->text.data + csv->at;

    if (rest == 0)
        return true;
    if (at[0] != '\n' && !(rest > 1 && at[0] == '\r' && at[1] == '\n'))
        return false;
    csv->at += at[0] == '\n' ? 1 : 2;
    csv->lines++;
    return true;
}

/* Returns where the field ends that begins with a quote here, its last quote included; 0 if that is missing. */
static size_t end_of_quoted(const struct csv *csv)
{
    const char *data = csv->text.data;

    for (size_t at = csv->at + 1; at < csv->text.length; at++) {
        if (data[at] != '"')
            continue;
        if (at + 1 == csv->text.length || data[at + 1] != '"')
            return at + 1;
        at++;
    }
    return 0;
}

/* A quote in the field is written twice. */
static const char *take_quoted(struct csv *csv, struct arena *arena, struct text *out)
{
    size_t end = end_of_quoted(csv);
    size_t length = 0;
    char *bytes;

    if (end == 0)
        return "a quote is opened and not closed";
    bytes = arena_alloc(arena, end - csv->at);
    for (csv->at++; csv->at < end - 1; csv->at++) {
        csv->at += next(csv) == '"';
        csv->lines += next(csv) == '\n';
        bytes[length++] = next(csv);
    }
    csv->at = end;
    bytes[length] = '\0';
    *out = (struct text){bytes, length};
    return NULL;
}

static const char *take_plain(struct csv *csv, struct arena *arena, struct text *out)
{
    const char *start = csv->text.data + csv->at;
    size_t length = 0;

    while (csv->at + length < csv->text.length && strchr(",\r\n\"", start[length]) == NULL)
        length++;
    csv->at += length;
    *out = (struct text){arena_strndup(arena, start, length), length};
    return next(csv) == '"' ? "there is a quote within a field that does not begin with one" : NULL;
}

static const char *take_record(struct csv *csv, struct arena *arena, struct csv_record *out)
{
    for (;;) {
        struct text *field = &out->fields[out->count];
        const char *fault;

        if (out->count == CSV_FIELDS_MAX)
            return "there are too many fields";
        fault = next(csv) == '"' ? take_quoted(csv, arena, field) : take_plain(csv, arena, field);
        if (fault != NULL)
            return fault;
        out->count++;
        if (take_line_end(csv))
            return NULL;
        if (next(csv) != ',')
            return "there is something between the end of a field and the comma";
        csv->at++;
    }
}

static void skip_line(struct csv *csv)
{
    while (!take_line_end(csv))
        csv->at++;
}

bool csv_next(struct csv *csv, struct arena *arena, struct csv_record *out)
{
    if (csv->at == 0 && csv->text.length >= strlen(BOM) && memcmp(csv->text.data, BOM, strlen(BOM)) == 0)
        csv->at = strlen(BOM);
    while (!is_at_end(csv) && take_line_end(csv))
        ;
    if (is_at_end(csv))
        return false;
    *out = (struct csv_record){.line = csv->lines + 1};
    out->fault = take_record(csv, arena, out);
    if (out->fault != NULL)
        skip_line(csv);
    return true;
}

/* What a spreadsheet may leave out before it looks for a formula. */
static bool is_blank(ucs4_t c)
{
    return uc_is_property_white_space(c) || uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc) ||
           uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cf);
}

/* The last four are the wide forms of the others, which spreadsheets of East Asia take as well. */
static bool begins_formula(ucs4_t c)
{
    return c == '=' || c == '+' || c == '-' || c == '@' || c == 0xFF1D || c == 0xFF0B || c == 0xFF0D || c == 0xFF20;
}

static bool is_formula(struct text field, size_t start)
{
    ucs4_t c = 0;

    if (start == 0 && field.length > 0 && strchr("\t\r\n", field.data[0]) != NULL)
        return true;
    for (size_t at = start; at < field.length;) {
        at += (size_t)u8_mbtouc(&c, (const uint8_t *)field.data + at, field.length - at);
        if (!is_blank(c))
            return begins_formula(c);
    }
    return false;
}

/* Returns true if a cell that is a formula begins here: the field, or what is behind a semicolon in it. Spreadsheets of
 * many countries divide lines at semicolons, even within quotes that do not begin a line. */
static bool begins_formula_at(struct text field, size_t at)
{
    return (at == 0 || field.data[at - 1] == ';') && is_formula(field, at);
}

/* `is_for_spreadsheet`: a single quote makes each formula text. */
static void add_quoted(struct buf *out, struct text field, bool is_for_spreadsheet)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < field.length; i++) {
        if (is_for_spreadsheet && begins_formula_at(field, i))
            buf_add_char(out, '\'');
        if (field.data[i] == '"')
            buf_add_char(out, '"');
        buf_add_char(out, field.data[i]);
    }
    buf_add_char(out, '"');
}

void csv_add(struct buf *out, struct text field)
{
    bool needs_quotes = false;

    for (size_t i = 0; i < field.length; i++)
        needs_quotes |= strchr(",\"\r\n", field.data[i]) != NULL;
    if (needs_quotes)
        add_quoted(out, field, false);
    else
        buf_add(out, field.data, field.length);
}

void csv_add_for_spreadsheet(struct buf *out, struct text field)
{
    bool has_formula = false;

    for (size_t i = 0; i < field.length && !has_formula; i++)
        has_formula = begins_formula_at(field, i);
    if (has_formula)
        add_quoted(out, field, true);
    else
        csv_add(out, field);
}
