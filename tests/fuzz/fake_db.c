#include "fake_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "db/db.h"
#include "fake_columns.h"
#include "fake_widths.h"

#define TRANSACTION_ATTEMPTS 5
#define DOUBT_ATTEMPTS 3
#define ROWS_MAX 3

struct db {
    bool is_contended; /* the transaction has met a deadlock */
    const char *duplicate_key;
};

static struct {
    struct text script;
    size_t at;
    struct text differences; /* of the row in hand: between the parentheses of the script */
    struct text free_text;
    struct timestamp now;
} fake;

/* Which of the schema's texts a name may be. */
static bool may_be_name(struct text text)
{
    return text.data != NULL && text_is_utf8(text) && text_length(text) >= 1 && text_length(text) <= 50 &&
           !text_has_control(text);
}

void fake_db_script(struct text script, struct text free_text, struct timestamp now)
{
    fake.script = script;
    fake.at = 0;
    fake.free_text = may_be_name(free_text) ? free_text : (struct text){NULL, 0};
    fake.now = now;
}

static char next(void)
{
    return fake.at < fake.script.length ? fake.script.data[fake.at++] : '0';
}

/* How the next call goes. */
static char next_how(void)
{
    char how = next();
    const char *start;
    const char *end;

    if (how != '(')
        return how;
    start = fake.script.data + fake.at;
    end = memchr(start, ')', fake.script.length - fake.at);
    fake.differences = (struct text){start, end == NULL ? fake.script.length - fake.at : (size_t)(end - start)};
    fake.at += fake.differences.length + (end != NULL);
    return how;
}

static unsigned next_choice(void)
{
    return (unsigned)(unsigned char)(next() - '0');
}

struct db *db_open(const struct db_options *options)
{
    struct db *db = calloc(1, sizeof(*db));

    (void)options;
    if (db == NULL)
        abort();
    db->duplicate_key = "";
    return db;
}

void db_close(struct db *db)
{
    free(db);
}

const char *db_last_cause(const struct db *db)
{
    (void)db;
    return "a cause that is nobody's business";
}

const char *db_duplicate_key(const struct db *db)
{
    return db->duplicate_key;
}

/* Failures, in db.c's words */

static int unavailable(struct error *err)
{
    return error_set(err, ERR_UNAVAILABLE,
                     "The database is not available at the moment; nothing was changed. Try again later.");
}

int db_conflict(struct db *db, struct error *err)
{
    db->is_contended = true;
    return unavailable(err);
}

/* -1 if the character says that a call fails, else 0. */
static int fail(struct db *db, char how, bool is_write, struct error *err)
{
    switch (how) {
    case '!':
        return unavailable(err);
    case '~':
        return db_conflict(db, err);
    case '?':
        return error_set(err, ERR_INTERNAL, "Something went wrong here; the log has the details.");
    case '=':
        if (!is_write)
            return 0;
        db->duplicate_key = next_choice() % 2 == 0 ? "orgd_organizations_name_key" : "PRIMARY";
        return error_set(err, ERR_EXISTS, "It exists already.");
    case '&':
        return is_write ? error_set(err, ERR_NOT_FOUND,
                                    "This refers to something that no longer exists, or that is still in use.")
                        : 0;
    default:
        return 0;
    }
}

int db_connect(struct db *db, struct error *err)
{
    return fail(db, next_how(), false, err);
}

/* Rows */

/* The choice that the script's differences have for a column; 0 if they say nothing of it. */
static unsigned choice_of(struct text differences, struct text expression)
{
    const char *end = differences.data + differences.length;

    for (const char *at = differences.data; at < end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma == NULL ? end : comma;
        const char *equals = memrchr(at, '=', (size_t)(stop - at));

        if (expression.length > 0 && equals != NULL && equals > at && equals + 1 < stop &&
            memmem(expression.data, expression.length, at, (size_t)(equals - at)) != NULL)
            return (unsigned)(unsigned char)(equals[1] - '0');
        at = stop + 1;
    }
    return 0;
}

static unsigned choose(char how, size_t column, struct text expression)
{
    if (how == '(')
        return choice_of(fake.differences, expression);
    if (how == '+')
        return next_choice();
    return how >= 'a' && how <= 'z' ? (unsigned)(how - 'a' + 1) * 2654435761U >> (column % 24) : 0;
}

static void fill_row(const struct fake_query *query, char how, void *row)
{
    const struct db_statement *statement = query->statement;
    struct text expressions[DB_FIELDS_MAX];

    fake_columns_of(statement, expressions);
    memset(row, 0, statement->row_size);
    for (size_t i = 0; i < statement->column_count; i++)
        fake_column_store(query, statement->columns[i].type, expressions[i], choose(how, i, expressions[i]),
                          (char *)row + statement->columns[i].offset);
}

static struct fake_query begin(const struct db_statement *statement, const void *params)
{
    fake_widths_check(statement, params);
    return (struct fake_query){.statement = statement, .params = params, .now = fake.now, .free_text = fake.free_text};
}

int db_query_one(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                 void *row, struct error *err)
{
    struct fake_query query = begin(statement, params);
    char how = next_how();

    (void)arena;
    if (fail(db, how, false, err) < 0)
        return -1;
    if (how == '-')
        return 0;
    fill_row(&query, how, row);
    return 1;
}

/* What LIMIT says, if there is one. */
static int64_t limit_of(const struct db_statement *statement, const void *params)
{
    const char *limit = strstr(statement->sql, "LIMIT ?");
    size_t index = 0;
    int64_t value = ROWS_MAX;

    for (const char *at = statement->sql; limit != NULL && at < limit; at++)
        index += *at == '?';
    if (limit != NULL)
        memcpy(&value, (const char *)params + statement->params[index].offset, sizeof(value));
    return value;
}

/* The number of rows, which are asked for one by one then; -1 with an error. */
static int64_t begin_rows(struct db *db, const struct fake_query *query, char *how, struct error *err)
{
    int64_t limit = limit_of(query->statement, query->params);
    int64_t count = limit < ROWS_MAX ? limit : ROWS_MAX;

    *how = next_how();
    if (fail(db, *how, false, err) < 0)
        return -1;
    if (*how == '+' && count > 0)
        return next_choice() % count + 1;
    return *how == '-' ? 0 : count;
}

int64_t db_query_all(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                     void **rows, struct error *err)
{
    struct fake_query query = begin(statement, params);
    char how;
    int64_t count = begin_rows(db, &query, &how, err);

    if (count < 0)
        return -1;
    *rows = arena_zalloc(arena, (size_t)(count + 1) * statement->row_size);
    for (; query.row < (size_t)count; query.row++)
        fill_row(&query, how, (char *)*rows + query.row * statement->row_size);
    return count;
}

/* Gives texts a memory of their own, or frees it. */
static void own_texts(const struct db_statement *statement, void *row, bool is_owned)
{
    for (size_t i = 0; i < statement->column_count; i++) {
        struct text text;

        if (statement->columns[i].type != DB_TEXT)
            continue;
        memcpy(&text, (char *)row + statement->columns[i].offset, sizeof(text));
        if (is_owned)
            text.data = text.data == NULL ? NULL : strdup(text.data);
        else
            free((void *)(uintptr_t)text.data);
        memcpy((char *)row + statement->columns[i].offset, &text, sizeof(text));
    }
}

/* A row's texts are gone when the next one comes, so that whoever keeps one is found out. */
int db_query_each(struct db *db, const struct db_statement *statement, const void *params, struct arena *arena,
                  const struct db_visitor *visitor, struct error *err)
{
    struct fake_query query = begin(statement, params);
    char how;
    int64_t count = begin_rows(db, &query, &how, err);
    void *row = arena_alloc(arena, statement->row_size);
    int result = 0;

    if (count < 0)
        return -1;
    visitor->start(visitor->context);
    for (; result == 0 && query.row < (size_t)count; query.row++) {
        fill_row(&query, how, row);
        own_texts(statement, row, true);
        result = visitor->visit(visitor->context, row, err);
        own_texts(statement, row, false);
    }
    return result;
}

/* One that is a transaction says by an error that it has changed nothing. */
static bool is_compound(const struct db_statement *statement)
{
    return strncmp(statement->sql, "BEGIN NOT ATOMIC", strlen("BEGIN NOT ATOMIC")) == 0;
}

int64_t db_execute(struct db *db, const struct db_statement *statement, const void *params, struct error *err)
{
    char how = next_how();

    fake_widths_check(statement, params);
    if (fail(db, how, true, err) < 0)
        return -1;
    if (how == '-' && is_compound(statement))
        return error_set(err, ERR_LIMIT, "This would exceed a limit.");
    return how == '-' ? 0 : 1;
}

int db_run_script(struct db *db, const char *sql, struct error *err)
{
    (void)sql;
    return fail(db, next_how(), true, err);
}

/* Transactions */

static int resolve_doubt(struct db *db, const struct db_work *work, struct error *err)
{
    for (int i = 0; work->is_done != NULL && i < DOUBT_ATTEMPTS; i++) {
        int done = work->is_done(db, work->context, err);

        if (done < 0 && err->kind != ERR_UNAVAILABLE)
            return -1;
        if (done >= 0)
            return done == 1 ? 0 : unavailable(err);
    }
    return error_set(
        err, ERR_INTERNAL,
        "The connection to the database was lost while this was being saved. Read it again to see whether it was saved.");
}

static int commit(struct db *db, const struct db_work *work, struct error *err)
{
    char how = next_how();

    return how == '!' ? resolve_doubt(db, work, err) : fail(db, how, false, err);
}

static int attempt_transaction(struct db *db, const struct db_work *work, struct error *err)
{
    int result = work->run(db, work->context, err);

    if (!work->is_compound)
        return result < 0 ? -1 : commit(db, work, err);
    return result < 0 && err->kind == ERR_UNAVAILABLE && !db->is_contended ? resolve_doubt(db, work, err) : result;
}

int db_transaction(struct db *db, const struct db_work *work, struct error *err)
{
    for (int attempt = 0; attempt < TRANSACTION_ATTEMPTS; attempt++) {
        db->is_contended = false;
        if (attempt_transaction(db, work, err) == 0)
            return 0;
        if (!db->is_contended)
            return -1;
    }
    return -1;
}
