#include "csv.h"

#include <string.h>

#define BOM "\xef\xbb\xbf"

static bool is_at_end(const struct csv *csv)
{
    return csv->at == csv->text.length;
}

static char next(const struct csv *csv)
{
    return is_at_end(csv) ? '\n' : csv->text.data[csv->at];
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

/* A quote in the field is written twice. */
static const char *take_quoted(struct csv *csv, struct arena *arena, struct text *out)
{
    char *bytes = arena_alloc(arena, csv->text.length - csv->at + 1);
    size_t length = 0;

    for (csv->at++; !is_at_end(csv); csv->at++) {
        if (next(csv) == '"' && (csv->at + 1 == csv->text.length || csv->text.data[csv->at + 1] != '"')) {
            csv->at++;
            bytes[length] = '\0';
            *out = (struct text){bytes, length};
            return NULL;
        }
        csv->at += next(csv) == '"';
        csv->lines += next(csv) == '\n';
        bytes[length++] = next(csv);
    }
    return "a quote is opened and not closed";
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

void csv_add(struct buf *out, struct text field)
{
    bool needs_quotes = false;

    for (size_t i = 0; i < field.length; i++)
        needs_quotes |= strchr(",\"\r\n", field.data[i]) != NULL;
    if (!needs_quotes) {
        buf_add(out, field.data, field.length);
        return;
    }
    buf_add_char(out, '"');
    for (size_t i = 0; i < field.length; i++) {
        if (field.data[i] == '"')
            buf_add_char(out, '"');
        buf_add_char(out, field.data[i]);
    }
    buf_add_char(out, '"');
}
