#include "fake_widths.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/text.h"

/* In characters, as sql/ has them. */
static const struct {
    const char *table;
    const char *column;
    size_t width;
} widths[] = {
    {"accounts", "name", 64},
    {"accounts", "email", 254},
    {"accounts", "full_name", 200},
    {"credentials", "name", 64},
    {"credentials", "client", 64},
    {"organizations", "name", 50},
    {"organizations", "description", 256},
    {"organizations", "logo_url", 2048},
    {"clients", "name", 64},
    {"authorization_codes", "redirect_uri", 2048},
    {"authorization_codes", "challenge", 128},
    {"device_codes", "client", 64},
    {"device_codes", "user_agent", 200},
    {"device_codes", "address", 64},
};

static struct text word_at(const char *at)
{
    size_t length = 0;

    while (isalnum((unsigned char)at[length]) || at[length] == '_')
        length++;
    return (struct text){at, length};
}

/* The word before a " = ?". */
static struct text word_before(const char *start, const char *question_mark)
{
    const char *end = question_mark;

    while (end > start && (end[-1] == ' ' || end[-1] == '='))
        end--;
    while (end > start && (isalnum((unsigned char)end[-1]) || end[-1] == '_'))
        end--;
    return word_at(end);
}

/* How many commas are between two places. */
static size_t commas(const char *from, const char *to)
{
    size_t count = 0;

    for (; from < to; from++)
        count += *from == ',';
    return count;
}

/* The name that stands behind so many commas of a list. */
static struct text name_of(const char *list, size_t index)
{
    while (index > 0 && (list = strchr(list, ',')) != NULL) {
        list++;
        index--;
    }
    return list == NULL ? TEXT("") : word_at(list + strspn(list, " ("));
}

/* The column that a parameter is written to; empty for one that is only compared. */
static struct text column_of(const char *sql, const char *question_mark)
{
    const char *values = strstr(sql, "VALUES (");
    const char *where = strstr(sql, " WHERE ");

    if (strncmp(sql, "INSERT ", 7) == 0 && values != NULL && question_mark > values)
        return name_of(strchr(sql, '('), commas(values, question_mark));
    if (strncmp(sql, "UPDATE ", 7) == 0 && (where == NULL || question_mark < where))
        return word_before(sql, question_mark);
    return TEXT("");
}

static void check_width(const char *sql, const char *question_mark, struct text value)
{
    struct text column = column_of(sql, question_mark);
    struct text table = word_at(sql + strlen(sql[0] == 'I' ? "INSERT INTO " : "UPDATE "));

    for (size_t i = 0; column.length > 0 && i < ARRAY_LENGTH(widths); i++)
        if (text_equal(text_of(widths[i].table), table) && text_equal(text_of(widths[i].column), column))
            assert(text_length(value) <= widths[i].width);
}

void fake_widths_check(const struct db_statement *statement, const void *params)
{
    const char *at = strchr(statement->sql, '?');

    for (size_t i = 0; i < statement->param_count && at != NULL; i++, at = strchr(at + 1, '?')) {
        struct text text;

        if (statement->params[i].type != DB_TEXT)
            continue;
        memcpy(&text, (const char *)params + statement->params[i].offset, sizeof(text));
        assert(text.data == NULL || text_is_utf8(text));
        if (text.data != NULL)
            check_width(statement->sql, at, text);
    }
}
