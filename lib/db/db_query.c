#include <string.h>

#include "db_private.h"

/* Where rows go: to a visitor, or into an array that grows. */
struct rows {
    const struct db_visitor *visitor;
    void *data;
    int64_t count;
    int64_t capacity;
};

/* Returns the place for the next row, or NULL if memory ran out. A visitor has already seen the last row, so it needs
 * only one place. */
static void *next_place(struct rows *rows, struct arena *arena, size_t row_size)
{
    size_t filled = (size_t)rows->count * row_size;

    if (rows->visitor != NULL)
        return rows->data;
    if (rows->count == rows->capacity) {
        char *larger = arena_try(arena, 2 * filled, NULL);

        if (larger == NULL)
            return NULL;
        memcpy(larger, rows->data, filled);
        memset(larger + filled, 0, filled);
        rows->data = larger;
        rows->capacity *= 2;
    }
    return (char *)rows->data + filled;
}

static int fetch_rows(struct db *db, struct db_prepared *prepared, struct arena *arena, struct rows *rows,
                      struct error *err)
{
    const struct db_visitor *visitor = rows->visitor;
    size_t row_size = db_prepared_composition(prepared)->statements[0]->row->size;
    int result = 0;

    rows->count = 0;
    if (visitor != NULL)
        visitor->start(visitor->context);
    while (result == 0) {
        void *place = next_place(rows, arena, row_size);
        int got = place == NULL ? -1 : db_prepared_fetch(prepared, arena, visitor != NULL, place);

        if (got < 0)
            return db_fail_statement(db, prepared, err);
        if (got == 0)
            break;
        rows->count++;
        if (visitor != NULL)
            result = visitor->visit(visitor->context, place, err);
    }
    return db_prepared_finish(prepared) < 0 ? db_fail_statement(db, prepared, err) : result;
}

static int query(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                 struct rows *rows, struct error *err)
{
    int64_t start = timestamp_monotonic_us();

    rows->data = arena_zalloc(arena, (size_t)rows->capacity * statement->row->size);
    for (int attempt = 1;; attempt++) {
        bool was_connected = db->connection != NULL;
        struct db_prepared *prepared = db_run_statement(db, statement, params, err);

        if (prepared != NULL && fetch_rows(db, prepared, arena, rows, err) == 0)
            return 0;
        if (db->in_transaction || db->is_in_doubt)
            return -1;
        db_leave_if_cut_off(db);
        if (attempt > 1 || !db_may_go_on(db, was_connected, start))
            return -1;
    }
}

int db_query_one(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                 void *row, struct error *err)
{
    struct rows rows = {.capacity = 2};

    if (query(db, statement, params, arena, &rows, err) < 0)
        return -1;
    if (rows.count == 0)
        return 0;
    memcpy(row, rows.data, statement->row->size);
    return 1;
}

int64_t db_query_all(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                     void **out, struct error *err)
{
    struct rows rows = {.capacity = 32};

    if (query(db, statement, params, arena, &rows, err) < 0)
        return -1;
    *out = rows.data;
    return rows.count;
}

int db_query_each(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                  const struct db_visitor *visitor, struct error *err)
{
    struct rows rows = {.visitor = visitor, .capacity = 1};

    return query(db, statement, params, arena, &rows, err);
}

/* Waits twice as long each time, and in proportion to the duration of the work: on a busy cluster conflicts last
 * longer. */
