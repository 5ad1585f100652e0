/* What orgctl prints: tables for people, JSON for programs. */
#ifndef ORGCTL_OUTPUT_H
#define ORGCTL_OUTPUT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/id.h"
#include "base/timestamp.h"

struct output {
    bool is_json;
    bool has_colours;
    struct buf json;
    struct arena *arena;
    const char **cells; /* heading and value, heading and value, … */
    size_t cell_count;
    size_t cell_capacity;
    size_t columns;
    size_t rows;
};

void output_init(struct output *output, bool is_json, struct arena *arena);

/* Starts a row; the values that follow are its cells, in the same order in every row. */
void output_row(struct output *output);
void output_text(struct output *output, const char *name, struct text value);
void output_id(struct output *output, const char *name, const struct id *value);
void output_int(struct output *output, const char *name, int64_t value);
void output_no_value(struct output *output, const char *name);
void output_bool(struct output *output, const char *name, bool value);
void output_time(struct output *output, const char *name, struct timestamp value);
/* Texts, one a line: a JSON list of them, or with commas between. */
void output_lines(struct output *output, const char *name, struct text lines);
/* A list of objects, each of `size` bytes: each is written as a JSON object, and as what people read, with commas
 * between. */
struct output_items {
    const void *items;
    size_t size;
    int64_t count;
    void (*write_json)(struct buf *out, const void *item);
    void (*write_text)(struct buf *out, const void *item);
};
void output_items(struct output *output, const char *name, const struct output_items *items);
/* A value that is JSON already, in the arena, and what people read instead. */
void output_json(struct output *output, const char *name, struct text value, const char *json);

/* Prints what was collected on standard output: all rows as a table or a JSON list (people get `empty` if there are
 * none), or one row as "name: value" lines or a JSON object. Releases the memory. */
void output_list(struct output *output, const char *empty);
void output_record(struct output *output);

/* Hands over everything that was printed on standard output. Fails with ERR_INTERNAL if it did not get there: the disk
 * is full, or nobody reads any more. */
int output_flush(struct error *err) NODISCARD;

#endif
