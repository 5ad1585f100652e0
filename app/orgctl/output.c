#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/text.h"
#include "terminal.h"

#define JSON_MAXIMUM ((size_t)1024 * 1024 * 1024)

void output_init(struct output *output, bool is_json, struct arena *arena)
{
    *output = (struct output){.is_json = is_json, .has_colours = terminal_has_colours(stdout), .arena = arena};
    buf_init(&output->json, JSON_MAXIMUM);
}

static void add_cell(struct output *output, const char *cell)
{
    if (output->cell_count == output->cell_capacity) {
        size_t capacity = output->cell_capacity == 0 ? 64 : output->cell_capacity * 2;
        const char **cells = arena_alloc(output->arena, capacity * sizeof(*cells));

        if (output->cell_count > 0)
            memcpy(cells, output->cells, output->cell_count * sizeof(*cells));
        output->cells = cells;
        output->cell_capacity = capacity;
    }
    output->cells[output->cell_count++] = cell;
}

void output_row(struct output *output)
{
    if (output->rows > 0)
        buf_add_literal(&output->json, "},");
    buf_add_char(&output->json, '{');
    output->rows++;
}

/* The headings are known when the first row is complete, because names come with the values. */
static void add(struct output *output, const char *name, const char *cell, const char *json)
{
    if (output->rows == 1)
        output->columns++;
    if (output->is_json) {
        jsonw_key(&output->json, name);
        buf_add_string(&output->json, json);
        return;
    }
    add_cell(output, name);
    add_cell(output, cell);
}

static const char *quote(struct output *output, struct text value)
{
    struct buf json;
    const char *quoted;

    buf_init(&json, JSON_MAXIMUM);
    jsonw_text(&json, value);
    quoted = text_escape_json(output->arena, (struct text){json.data, json.length});
    buf_release(&json);
    return quoted;
}

static const char *printable(struct output *output, struct text value)
{
    return value.data == NULL ? "-" : text_printable(output->arena, value);
}

void output_text(struct output *output, const char *name, struct text value)
{
    add(output, name, printable(output, value), output->is_json ? quote(output, value) : NULL);
}

void output_id(struct output *output, const char *name, const struct id *value)
{
    char text[ID_TEXT_SIZE];

    id_format(value, text);
    output_text(output, name, id_is_nil(value) ? (struct text){NULL, 0} : text_of(text));
}

void output_int(struct output *output, const char *name, int64_t value)
{
    const char *text = arena_printf(output->arena, "%lld", (long long)value);

    add(output, name, text, text);
}

void output_no_value(struct output *output, const char *name)
{
    output_text(output, name, (struct text){NULL, 0});
}

void output_bool(struct output *output, const char *name, bool value)
{
    add(output, name, value ? "yes" : "no", value ? "true" : "false");
}

void output_time(struct output *output, const char *name, struct timestamp value)
{
    char text[TIMESTAMP_TEXT_SIZE];

    timestamp_format(value, text);
    output_text(output, name, value.us == 0 ? (struct text){NULL, 0} : text_of(text));
}

void output_json(struct output *output, const char *name, struct text value, const char *json)
{
    add(output, name, printable(output, value), json);
}

/* Takes the first line from `rest`. */
static struct text next_line(struct text *rest)
{
    const char *stop = memchr(rest->data, '\n', rest->length);
    const struct text line = {rest->data, stop == NULL ? rest->length : (size_t)(stop - rest->data)};
    size_t taken = line.length + (stop == NULL ? 0 : 1);

    *rest = (struct text){rest->data + taken, rest->length - taken};
    return line;
}

/* A list on its way into a cell. */
struct list {
    struct buf people;
    struct buf json;
};

static void list_begin(struct list *list)
{
    buf_init(&list->people, JSON_MAXIMUM);
    buf_init(&list->json, JSON_MAXIMUM);
    buf_add_char(&list->json, '[');
}

/* Goes before each item. */
static void list_separate(struct list *list)
{
    buf_add_string(&list->json, list->json.length == 1 ? "" : ",");
    buf_add_string(&list->people, list->people.length == 0 ? "" : ", ");
}

static void list_end(struct list *list, struct output *output, const char *name)
{
    const struct buf *people = &list->people;

    buf_add_char(&list->json, ']');
    output_json(output, name,
                people->length == 0 ? (struct text){NULL, 0} : (struct text){people->data, people->length},
                text_escape_json(output->arena, (struct text){list->json.data, list->json.length}));
    buf_release(&list->people);
    buf_release(&list->json);
}

void output_lines(struct output *output, const char *name, struct text lines)
{
    struct list list;

    list_begin(&list);
    for (struct text rest = lines; rest.length > 0;) {
        struct text line = next_line(&rest);

        list_separate(&list);
        jsonw_text(&list.json, line);
        buf_add(&list.people, line.data, line.length);
    }
    list_end(&list, output, name);
}

void output_items(struct output *output, const char *name, const struct output_items *items)
{
    struct list list;

    list_begin(&list);
    for (int64_t i = 0; i < items->count; i++) {
        const char *item = (const char *)items->items + (size_t)i * items->size;

        list_separate(&list);
        items->write_json(&list.json, item);
        items->write_text(&list.people, item);
    }
    list_end(&list, output, name);
}

static const char *heading(const struct output *output, size_t column)
{
    return output->cells[2 * column];
}

static const char *cell(const struct output *output, size_t row, size_t column)
{
    return output->cells[2 * (row * output->columns + column) + 1];
}

static size_t column_width(const struct output *output, size_t column)
{
    size_t width = text_width(text_of(heading(output, column)));

    for (size_t row = 0; row < output->rows; row++) {
        size_t own = text_width(text_of(cell(output, row, column)));

        width = own > width ? own : width;
    }
    return width;
}

#define BOLD "\033[1m"
#define PLAIN "\033[0m"

/* What stands out in a table, as the sequence that a terminal takes; "" for all else. */
static const char *colour_of(const char *heading_of_cell, const char *text)
{
    static const struct {
        const char *text;
        const char *colour;
    } results[] = {{"ok", "\033[32m"}, {"warning", "\033[33m"}, {"unknown", "\033[33m"}, {"FAILED", "\033[1;31m"}};

    for (size_t i = 0; strcmp(heading_of_cell, "result") == 0 && i < ARRAY_LENGTH(results); i++)
        if (strcmp(text, results[i].text) == 0)
            return results[i].colour;
    return "";
}

static void print_padded(const struct output *output, const char *text, const char *colour, size_t width)
{
    size_t own = text_width(text_of(text));
    bool is_plain = !output->has_colours || colour[0] == '\0';

    printf("%s%s%s%*s", is_plain ? "" : colour, text, is_plain ? "" : PLAIN, (int)(width > own ? width - own : 0), "");
}

static void print_table(const struct output *output)
{
    size_t *widths = arena_zalloc(output->arena, output->columns * sizeof(*widths));

    for (size_t column = 0; column + 1 < output->columns; column++)
        widths[column] = column_width(output, column) + 2;
    for (size_t column = 0; column < output->columns; column++)
        print_padded(output, heading(output, column), BOLD, widths[column]);
    putchar('\n');
    for (size_t row = 0; row < output->rows; row++) {
        for (size_t column = 0; column < output->columns; column++) {
            const char *text = cell(output, row, column);

            print_padded(output, text, colour_of(heading(output, column), text), widths[column]);
        }
        putchar('\n');
    }
}

void output_list(struct output *output, const char *empty)
{
    if (output->is_json)
        printf("[%s%s]\n", output->rows == 0 ? "" : output->json.data, output->rows == 0 ? "" : "}");
    else if (output->rows == 0)
        puts(empty);
    else
        print_table(output);
    buf_release(&output->json);
}

void output_record(struct output *output)
{
    if (output->is_json)
        printf("%s}\n", output->json.data);
    else
        for (size_t column = 0; column < output->columns; column++)
            printf("%s: %s\n", heading(output, column), cell(output, 0, column));
    buf_release(&output->json);
}

int output_flush(struct error *err)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return error_set(err, ERR_INTERNAL, "cannot write to standard output: %s", strerror(errno));
}
