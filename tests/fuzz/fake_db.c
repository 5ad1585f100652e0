#include "fake_db.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fake_columns.h"
#include "fake_server.h"
#include "fake_widths.h"

#define ROWS_MAX 3

int db_connect(struct db *db, struct error *err)
{
    char how;

    return fake_ask(db, "(connection)", false, &how, err);
}

/* Rows */

/* Where rows go: to a visitor, or into an array with room for `maximum`. */
struct rows {
    const struct db_statement *statement;
    const void *params;
    const struct db_visitor *visitor;
    char *data;
    int64_t maximum;
    int64_t count;
};

/* Returns false if no other row can follow: the row says that there is none. Of an outer join, what belongs to the
 * organization is missing as a whole. */
static bool fill_row(const struct fake_query *query, char how, void *row)
{
    struct fake_column columns[FAKE_COLUMNS_MAX];
    size_t count = fake_columns_of(query->statement, columns);
    bool is_missing = false;

    memset(row, 0, query->statement->row->size);
    for (size_t i = 0; i < count; i++) {
        const struct db_member *member = columns[i].member;
        unsigned choice = fake_choose(how, i, text_of(member->name));
        void *value = (char *)row + member->offset;

        if (is_missing && columns[i].is_of_organization)
            continue;
        if (how != '#' || !fake_column_copy(query, &columns[i], value))
            fake_column_store(query, &columns[i], choice, value);
        is_missing |= columns[i].is_of_organization && member->type == DB_ID && id_is_nil(value);
    }
    return !is_missing;
}

/* Gives texts a memory of their own, or frees it. */
static void own_texts(const struct db_record *record, void *row, bool is_owned)
{
    for (size_t i = 0; i < record->count; i++) {
        void *value = (char *)row + record->members[i].offset;
        struct text text;

        if (record->members[i].type != DB_TEXT)
            continue;
        memcpy(&text, value, sizeof(text));
        if (is_owned)
            text.data = text.data == NULL ? NULL : strdup(text.data);
        else
            free((void *)(uintptr_t)text.data);
        memcpy(value, &text, sizeof(text));
    }
}

/* A visitor's row has texts that are gone when the next one comes, so that whoever keeps one is found out. */
static int visit(const struct rows *rows, struct error *err)
{
    int result;

    own_texts(rows->statement->row, rows->data, true);
    result = rows->visitor->visit(rows->visitor->context, rows->data, err);
    own_texts(rows->statement->row, rows->data, false);
    return result;
}

/* How many rows the answer has. */
static int64_t count_rows(const struct db *db, char how, int64_t maximum)
{
    if (how == '-' || maximum < 1 || (db->failure != DB_FAILURE_NONE && db->failure != DB_FAILURE_LOST))
        return 0;
    if (db->failure == DB_FAILURE_LOST)
        return 1;
    return how == '+' && maximum > 1 ? fake_next_choice() % maximum + 1 : maximum;
}

static int give_rows(struct db *db, struct rows *rows, struct error *err)
{
    struct fake_query query = {
        .statement = rows->statement, .params = rows->params, .now = fake_now(), .free_text = fake_free_text()};
    char how;
    int result = fake_ask(db, rows->statement->name, false, &how, err);
    int64_t count = count_rows(db, how, rows->maximum);

    rows->count = 0;
    if (rows->visitor != NULL)
        rows->visitor->start(rows->visitor->context);
    for (bool may_follow = true; may_follow && rows->count < count; rows->count++, query.row++) {
        size_t place = rows->visitor == NULL ? query.row : 0;

        may_follow = fill_row(&query, how, rows->data + place * rows->statement->row->size);
        if (rows->visitor != NULL && visit(rows, err) < 0)
            return -1;
    }
    return result;
}

/* What LIMIT says, if there is one. */
static int64_t limit_of(const struct db_statement *statement, const void *params)
{
    int64_t value = ROWS_MAX;

    if (strstr(statement->sql, "LIMIT :limit") != NULL)
        memcpy(&value, (const char *)params + db_record_find(statement->params, TEXT("limit"))->offset, sizeof(value));
    return value < ROWS_MAX ? value : ROWS_MAX;
}

static int query(struct db *db, struct arena *arena, struct rows *rows, struct error *err)
{
    fake_widths_check(rows->statement, rows->params);
    rows->data = arena_zalloc(arena, ROWS_MAX * rows->statement->row->size);
    for (int attempt = 1;; attempt++) {
        bool was_connected = db->is_connected;

        if (give_rows(db, rows, err) == 0)
            return 0;
        if (db->in_transaction || db->is_in_doubt || attempt > 1 || !fake_may_go_on(db, was_connected))
            return -1;
    }
}

int db_query_one(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                 void *row, struct error *err)
{
    struct rows rows = {.statement = statement, .params = params, .maximum = 1};

    if (query(db, arena, &rows, err) < 0)
        return -1;
    if (rows.count == 0)
        return 0;
    memcpy(row, rows.data, statement->row->size);
    return 1;
}

int64_t db_query_all(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                     void **out, struct error *err)
{
    struct rows rows = {.statement = statement, .params = params, .maximum = limit_of(statement, params)};

    if (query(db, arena, &rows, err) < 0)
        return -1;
    *out = rows.data;
    return rows.count;
}

int db_query_each(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                  const struct db_visitor *visitor, struct error *err)
{
    struct rows rows = {
        .statement = statement, .params = params, .visitor = visitor, .maximum = limit_of(statement, params)};

    return query(db, arena, &rows, err);
}

/* Changes */

static int unknown_change(struct error *err)
{
    return error_set(
        err, ERR_INTERNAL,
        "The connection to the database was lost while this was being saved, so it may have been saved. It is safe to do it again.");
}

static int64_t repeat(struct db *db, const struct db_statement *statement, struct error *err)
{
    for (int i = 0; i < FAKE_DOUBT_ATTEMPTS; i++) {
        char how;

        if (fake_ask(db, statement->name, true, &how, err) == 0)
            return how == '-' ? 0 : 1;
        if (db->failure == DB_FAILURE_DUPLICATE && strcmp(db->duplicate_key, "PRIMARY") == 0)
            return 1;
        if (err->kind != ERR_UNAVAILABLE)
            return -1;
    }
    return unknown_change(err);
}

int64_t db_execute(struct db *db, const struct db_statement *statement, const void *params, struct error *err)
{
    fake_widths_check(statement, params);
    for (int attempt = 1;; attempt++) {
        char how;

        if (fake_ask(db, statement->name, true, &how, err) == 0)
            return how == '-' ? 0 : 1;
        if (db->in_transaction || db->is_in_doubt)
            return -1;
        if (db->failure == DB_FAILURE_LOST)
            return statement->is_repeatable ? repeat(db, statement, err) : unknown_change(err);
        if (attempt == DB_ATTEMPTS_MAX || db->failure != DB_FAILURE_CONFLICT)
            return -1;
    }
}

int db_run_script(struct db *db, const char *sql, struct error *err)
{
    char how;

    (void)sql;
    return fake_ask(db, "(script)", true, &how, err);
}
