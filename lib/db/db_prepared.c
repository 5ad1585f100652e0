#include "db_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/memory.h"

/* Longer values are fetched a second time, straight into the arena. */
#define TEXT_BYTES 512

/* What the client library takes of a parameter that is in the struct in another form. */
union scratch {
    int64_t integer;
    MYSQL_TIME time;
};

struct column {
    void *value; /* in the statement's block of them, as large as its type needs */
    unsigned long length;
    my_bool is_null;
    my_bool is_cut;
};

struct db_prepared {
    const struct db_statement *statement;
    MYSQL_STMT *handle;
    MYSQL_BIND *results;
    struct column *columns;
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

/* Each size is a multiple of what its type must be aligned to. */
static size_t size_of_values(const struct db_statement *statement)
{
    size_t size = 0;

    for (size_t i = 0; i < statement->column_count; i++)
        size += buffers[statement->columns[i].type].size;
    return size;
}

static void bind_result(MYSQL_BIND *bind, struct column *column, enum db_type type)
{
    bind->buffer_type = buffers[type].type;
    bind->buffer = column->value;
    bind->buffer_length = buffers[type].size;
    bind->length = &column->length;
    bind->is_null = &column->is_null;
    bind->error = &column->is_cut;
}

static int bind_results(struct db_prepared *prepared)
{
    const struct db_statement *statement = prepared->statement;
    unsigned char *value = prepared->values;

    for (size_t i = 0; i < statement->column_count; i++) {
        prepared->columns[i].value = value;
        value += buffers[statement->columns[i].type].size;
        bind_result(&prepared->results[i], &prepared->columns[i], statement->columns[i].type);
    }
    if (statement->column_count == 0)
        return 0;
    return mysql_stmt_bind_result(prepared->handle, prepared->results) == 0 ? 0 : -1;
}

struct db_prepared *db_prepared_open(MYSQL *connection, const struct db_statement *statement, struct error *err)
{
    struct db_prepared *prepared = calloc(1, sizeof(*prepared));

    if (prepared == NULL) {
        memory_ran_out(err);
        return NULL;
    }
    prepared->statement = statement;
    prepared->handle = mysql_stmt_init(connection);
    prepared->results = calloc(statement->column_count + 1, sizeof(*prepared->results));
    prepared->columns = calloc(statement->column_count + 1, sizeof(*prepared->columns));
    prepared->values = calloc(1, size_of_values(statement) + 1);
    if (prepared->handle != NULL && prepared->results != NULL && prepared->columns != NULL && prepared->values != NULL)
        return prepared;
    db_prepared_close(prepared);
    memory_ran_out(err);
    return NULL;
}

int db_prepared_prepare(struct db_prepared *prepared)
{
    const struct db_statement *statement = prepared->statement;

    if (mysql_stmt_prepare(prepared->handle, statement->sql, strlen(statement->sql)) != 0)
        return -1;
    assert(mysql_stmt_param_count(prepared->handle) == statement->param_count);
    assert(mysql_stmt_field_count(prepared->handle) == statement->column_count);
    return bind_results(prepared);
}

void db_prepared_close(struct db_prepared *prepared)
{
    if (prepared->handle != NULL)
        mysql_stmt_close(prepared->handle);
    free(prepared->results);
    free(prepared->columns);
    free(prepared->values);
    free(prepared);
}

const struct db_statement *db_prepared_statement(const struct db_prepared *prepared)
{
    return prepared->statement;
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

/* Binds one parameter; `scratch` holds what the client library cannot take from the struct as it is. It only reads,
 * though its structs do not say so. */
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

int db_prepared_execute(struct db_prepared *prepared, const void *params)
{
    const struct db_statement *statement = prepared->statement;
    MYSQL_BIND binds[DB_FIELDS_MAX];
    union scratch scratch[DB_FIELDS_MAX];

    assert(statement->param_count <= DB_FIELDS_MAX);
    memset(binds, 0, statement->param_count * sizeof(binds[0]));
    for (size_t i = 0; i < statement->param_count; i++)
        bind_param(&binds[i], statement->params[i].type, (const char *)params + statement->params[i].offset,
                   &scratch[i]);
    if (statement->param_count > 0 && mysql_stmt_bind_param(prepared->handle, binds) != 0)
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

    switch (prepared->statement->columns[index].type) {
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
    const struct db_statement *statement = prepared->statement;

    switch (mysql_stmt_fetch(prepared->handle)) {
    case 0:
    case MYSQL_DATA_TRUNCATED:
        break;
    case MYSQL_NO_DATA:
        return 0;
    default:
        return -1;
    }
    for (size_t i = 0; i < statement->column_count; i++)
        if (store_column(prepared, i, arena, is_passing, (char *)row + statement->columns[i].offset) < 0)
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

/* What goes wrong between two rows the client library notes at the connection only. */
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
