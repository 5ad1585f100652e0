#include "db_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "db_unit_sql.h"

/* Longer values are fetched again, straight into the arena. */
#define TEXT_BYTES 512
/* The longest text of a composition. */
#define SQL_MAXIMUM ((size_t)64 * 1024)

/* Room for a parameter that the client library needs in another form. */
union scratch {
    int64_t integer;
    MYSQL_TIME time;
};

struct column {
    const struct db_member *member; /* of the row */
    void *value;                    /* in the statement's block of them, as large as its type needs */
    unsigned long length;
    my_bool is_null;
    my_bool is_cut;
};

/* A parameter: a member of the params of one of the statements. */
struct param {
    size_t step;
    const struct db_member *member;
};

struct db_prepared {
    struct db_composition composition;
    MYSQL_STMT *handle;
    struct param *params;
    size_t param_count;
    MYSQL_BIND *results;
    struct column *columns;
    size_t column_count;
    unsigned char *values;
};

static const struct {
    enum enum_field_types type;
    unsigned long size;
} buffers[] = {
    [DB_INT] = {MYSQL_TYPE_LONGLONG, sizeof(int64_t)}, [DB_BOOL] = {MYSQL_TYPE_LONGLONG, sizeof(int64_t)},
    [DB_ID] = {MYSQL_TYPE_STRING, sizeof(struct id)},  [DB_TIME] = {MYSQL_TYPE_DATETIME, sizeof(MYSQL_TIME)},
    [DB_TEXT] = {MYSQL_TYPE_STRING, TEXT_BYTES},       [DB_DIGEST] = {MYSQL_TYPE_STRING, sizeof(struct digest)},
};

struct db_prepared *db_prepared_open(MYSQL *connection, const struct db_composition *composition, struct error *err)
{
    struct db_prepared *prepared = calloc(1, sizeof(*prepared));

    if (prepared == NULL) {
        memory_ran_out(err);
        return NULL;
    }
    prepared->composition = *composition;
    prepared->handle = mysql_stmt_init(connection);
    if (prepared->handle != NULL)
        return prepared;
    db_prepared_close(prepared);
    memory_ran_out(err);
    return NULL;
}

/* Text */

/* Appends a statement's text, and its parameters to those before it. */
static void add_statement(struct db_prepared *prepared, size_t step, struct buf *sql, const struct db_member **members,
                          struct param *params)
{
    const struct db_statement *statement = prepared->composition.statements[step];
    int count = db_statement_translate(statement, sql, members, DB_PARAMS_MAX - prepared->param_count);

    if (count < 0) {
        log_error("database: %s names a parameter that its struct does not have", statement->name);
        abort();
    }
    for (int i = 0; i < count; i++)
        params[prepared->param_count++] = (struct param){step, members[i]};
}

/* Writes the text of all statements. A transaction becomes one compound statement. If a required statement changes no
 * row, the transaction ends by an error whose number tells which statement it was. */
static void write_text(struct db_prepared *prepared, struct buf *sql, struct param *params)
{
    const struct db_composition *composition = &prepared->composition;
    const struct db_member *members[DB_PARAMS_MAX];

    prepared->param_count = 0;
    if (composition->part == DB_ALONE) {
        add_statement(prepared, 0, sql, members, params);
        return;
    }
    buf_add_string(sql, composition->part == DB_WHOLE_TRANSACTION ? DB_BEGIN_WHOLE : DB_BEGIN_REST);
    for (size_t i = 0; i < composition->count; i++) {
        add_statement(prepared, i, sql, members, params);
        buf_add_literal(sql, "; ");
        if (composition->required & (1U << i))
            buf_printf(sql, DB_REFUSE, DB_ERROR_REFUSED + (int)i);
    }
    buf_add_literal(sql, DB_END);
}

static int prepare_text(struct db_prepared *prepared)
{
    CLEANUP(buf_release) struct buf sql;
    struct param params[DB_PARAMS_MAX];

    buf_init(&sql, SQL_MAXIMUM);
    write_text(prepared, &sql, params);
    if (sql.overflowed)
        return memory_ran_out(NULL);
    prepared->params = calloc(prepared->param_count + 1, sizeof(*params));
    if (prepared->params == NULL)
        return memory_ran_out(NULL);
    memcpy(prepared->params, params, prepared->param_count * sizeof(*params));
    if (mysql_stmt_prepare(prepared->handle, sql.data, sql.length) != 0)
        return -1;
    assert(mysql_stmt_param_count(prepared->handle) == prepared->param_count);
    return 0;
}

/* Columns */

/* Finds the member for each column, by its label. Returns how many bytes the values need. Each size is a multiple of
 * its type's alignment. */
static size_t find_members(struct db_prepared *prepared, MYSQL_RES *metadata)
{
    const struct db_statement *statement = prepared->composition.statements[0];
    size_t size = 0;

    for (size_t i = 0; i < prepared->column_count; i++) {
        const char *label = mysql_fetch_field_direct(metadata, (unsigned)i)->name;

        prepared->columns[i].member = db_record_find(statement->row, text_of(label));
        if (prepared->columns[i].member == NULL) {
            log_error("database: the row of %s has no member for its column '%s'", statement->name, label);
            abort();
        }
        size += buffers[prepared->columns[i].member->type].size;
    }
    return size;
}

static void bind_result(MYSQL_BIND *bind, struct column *column)
{
    bind->buffer_type = buffers[column->member->type].type;
    bind->buffer = column->value;
    bind->buffer_length = buffers[column->member->type].size;
    bind->length = &column->length;
    bind->is_null = &column->is_null;
    bind->error = &column->is_cut;
}

static int bind_results(struct db_prepared *prepared)
{
    unsigned char *value = prepared->values;

    for (size_t i = 0; i < prepared->column_count; i++) {
        prepared->columns[i].value = value;
        value += buffers[prepared->columns[i].member->type].size;
        bind_result(&prepared->results[i], &prepared->columns[i]);
    }
    return mysql_stmt_bind_result(prepared->handle, prepared->results) == 0 ? 0 : -1;
}

static int prepare_columns(struct db_prepared *prepared)
{
    MYSQL_RES *metadata;
    size_t size;

    prepared->column_count = mysql_stmt_field_count(prepared->handle);
    if (prepared->column_count == 0)
        return 0;
    metadata = mysql_stmt_result_metadata(prepared->handle);
    prepared->results = calloc(prepared->column_count, sizeof(*prepared->results));
    prepared->columns = calloc(prepared->column_count, sizeof(*prepared->columns));
    if (metadata == NULL || prepared->results == NULL || prepared->columns == NULL) {
        mysql_free_result(metadata);
        return memory_ran_out(NULL);
    }
    size = find_members(prepared, metadata);
    mysql_free_result(metadata);
    prepared->values = calloc(1, size);
    return prepared->values == NULL ? memory_ran_out(NULL) : bind_results(prepared);
}

int db_prepared_prepare(struct db_prepared *prepared)
{
    return prepare_text(prepared) < 0 ? -1 : prepare_columns(prepared);
}

void db_prepared_close(struct db_prepared *prepared)
{
    if (prepared->handle != NULL)
        mysql_stmt_close(prepared->handle);
    free(prepared->params);
    free(prepared->results);
    free(prepared->columns);
    free(prepared->values);
    free(prepared);
}

const struct db_composition *db_prepared_composition(const struct db_prepared *prepared)
{
    return &prepared->composition;
}

static MYSQL_TIME to_mysql_time(struct timestamp time)
{
    struct timestamp_fields f;

    timestamp_to_fields(time, &f);
    return (MYSQL_TIME){.year = f.year,
                        .month = f.month,
                        .day = f.day,
                        .hour = f.hour,
                        .minute = f.minute,
                        .second = f.second,
                        .second_part = f.microsecond,
                        .time_type = MYSQL_TIMESTAMP_DATETIME};
}

static struct timestamp from_mysql_time(const MYSQL_TIME *t)
{
    return timestamp_from_fields(
        &(struct timestamp_fields){t->year, t->month, t->day, t->hour, t->minute, t->second, (unsigned)t->second_part});
}

/* Binds one parameter. `scratch` holds values that the client library cannot take from the struct. The library only
 * reads, although its structs do not say so. */
static void bind_param(MYSQL_BIND *bind, enum db_type type, const void *member, union scratch *scratch)
{
    const struct text *text = member;

    switch (type) {
    case DB_INT:
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->buffer = (void *)member;
        break;
    case DB_BOOL:
        scratch->integer = *(const bool *)member;
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->buffer = scratch;
        break;
    case DB_ID:
        bind->buffer_type = id_is_nil(member) ? MYSQL_TYPE_NULL : MYSQL_TYPE_BLOB;
        bind->buffer = (void *)member;
        bind->buffer_length = sizeof(struct id);
        break;
    case DB_TIME:
        scratch->time = to_mysql_time(*(const struct timestamp *)member);
        bind->buffer_type = ((const struct timestamp *)member)->us == 0 ? MYSQL_TYPE_NULL : MYSQL_TYPE_DATETIME;
        bind->buffer = scratch;
        break;
    case DB_TEXT:
        bind->buffer_type = text->data == NULL ? MYSQL_TYPE_NULL : MYSQL_TYPE_STRING;
        bind->buffer = (void *)text->data;
        bind->buffer_length = text->length;
        break;
    case DB_DIGEST:
        bind->buffer_type = MYSQL_TYPE_BLOB;
        bind->buffer = (void *)member;
        bind->buffer_length = sizeof(struct digest);
        break;
    }
}

int db_prepared_execute(struct db_prepared *prepared, const void *const *params)
{
    MYSQL_BIND binds[DB_PARAMS_MAX];
    union scratch scratch[DB_PARAMS_MAX];

    memset(binds, 0, prepared->param_count * sizeof(binds[0]));
    for (size_t i = 0; i < prepared->param_count; i++) {
        const struct param *param = &prepared->params[i];

        bind_param(&binds[i], param->member->type, (const char *)params[param->step] + param->member->offset,
                   &scratch[i]);
    }
    if (prepared->param_count > 0 && mysql_stmt_bind_param(prepared->handle, binds) != 0)
        return -1;
    return mysql_stmt_execute(prepared->handle) == 0 ? 0 : -1;
}

static int store_text(struct db_prepared *prepared, size_t index, struct arena *arena, bool is_passing,
                      struct text *out)
{
    const struct column *column = &prepared->columns[index];
    char *data;

    if (column->is_null) {
        *out = (struct text){NULL, 0};
        return 0;
    }
    if (is_passing && column->length <= TEXT_BYTES) {
        *out = (struct text){column->value, column->length};
        return 0;
    }
    data = arena_try(arena, column->length + 1, NULL);
    if (data == NULL)
        return -1;
    if (column->length <= TEXT_BYTES) {
        memcpy(data, column->value, column->length);
    } else {
        unsigned long length = 0;
        MYSQL_BIND whole = {
            .buffer_type = MYSQL_TYPE_STRING, .buffer = data, .buffer_length = column->length, .length = &length};

        if (mysql_stmt_fetch_column(prepared->handle, &whole, (unsigned)index, 0) != 0)
            return -1;
    }
    data[column->length] = '\0';
    *out = (struct text){data, column->length};
    return 0;
}

static int store_column(struct db_prepared *prepared, size_t index, struct arena *arena, bool is_passing, void *member)
{
    static const struct id nil_id = {{0}};
    static const struct digest nil_digest = {{0}};
    bool is_null = prepared->columns[index].is_null;
    const void *value = prepared->columns[index].value;

    switch (prepared->columns[index].member->type) {
    case DB_INT:
        *(int64_t *)member = is_null ? 0 : *(const int64_t *)value;
        return 0;
    case DB_BOOL:
        *(bool *)member = !is_null && *(const int64_t *)value != 0;
        return 0;
    case DB_ID:
        *(struct id *)member = is_null ? nil_id : *(const struct id *)value;
        return 0;
    case DB_TIME:
        ((struct timestamp *)member)->us = is_null ? 0 : from_mysql_time(value).us;
        return 0;
    case DB_TEXT:
        return store_text(prepared, index, arena, is_passing, member);
    case DB_DIGEST:
        *(struct digest *)member = is_null ? nil_digest : *(const struct digest *)value;
        return 0;
    }
    return -1;
}

int db_prepared_fetch(struct db_prepared *prepared, struct arena *arena, bool is_passing, void *row)
{
    switch (mysql_stmt_fetch(prepared->handle)) {
    case 0:
    case MYSQL_DATA_TRUNCATED:
        break;
    case MYSQL_NO_DATA:
        return 0;
    default:
        return -1;
    }
    for (size_t i = 0; i < prepared->column_count; i++)
        if (store_column(prepared, i, arena, is_passing, (char *)row + prepared->columns[i].member->offset) < 0)
            return -1;
    return 1;
}

int db_prepared_finish(struct db_prepared *prepared)
{
    return mysql_stmt_free_result(prepared->handle) == 0 ? 0 : -1;
}

int64_t db_prepared_affected(const struct db_prepared *prepared)
{
    return (int64_t)mysql_stmt_affected_rows(prepared->handle);
}

/* The client library notes a failure between two rows at the connection only. */
unsigned db_prepared_errno(const struct db_prepared *prepared)
{
    unsigned number = mysql_stmt_errno(prepared->handle);

    return number != 0 ? number : mysql_errno(prepared->handle->mysql);
}

const char *db_prepared_error(const struct db_prepared *prepared)
{
    return mysql_stmt_errno(prepared->handle) != 0 ? mysql_stmt_error(prepared->handle)
                                                   : mysql_error(prepared->handle->mysql);
}
