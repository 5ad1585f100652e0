#include "fake_widths.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/text.h"

#define SQL_MAXIMUM ((size_t)64 * 1024)

/* As sql/ has them: in characters, and in bytes where a column has no character set. */
static const struct {
    const char *table;
    const char *column;
    size_t width;
    bool is_in_bytes;
} widths[] = {
    {"orgd_accounts", "name", 64, false},
    {"orgd_accounts", "name_key", 1041, true},
    {"orgd_accounts", "email", 254, false},
    {"orgd_accounts", "email_key", 254, true},
    {"orgd_accounts", "full_name", 200, false},
    {"orgd_credentials", "name", 64, false},
    {"orgd_credentials", "client", 64, false},
    {"orgd_organizations", "name", 50, false},
    {"orgd_organizations", "name_key", 1024, true},
    {"orgd_organizations", "description", 256, false},
    {"orgd_organizations", "logo_url", 2048, false},
    {"orgd_passwords", "hash", 512, true},
    {"orgd_clients", "name", 64, false},
    {"orgd_clients", "name_key", 1024, true},
    {"orgd_authorization_codes", "redirect_uri", 2048, false},
    {"orgd_authorization_codes", "challenge", 128, false},
    {"orgd_device_codes", "client", 64, false},
    {"orgd_device_codes", "user_agent", 200, false},
    {"orgd_device_codes", "address", 64, false},
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

/* How many commas are between two places, outside of parentheses that are opened there. */
static size_t count_commas(const char *from, const char *to)
{
    size_t count = 0;

    for (int depth = 0; from < to; from++) {
        depth += (*from == '(') - (*from == ')');
        count += depth == 0 && *from == ',';
    }
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

/* Whether a place is in the part of the statement that begins with one word and ends with the other. */
static bool is_between(const char *part, const char *end_word, const char *at)
{
    const char *end = part == NULL ? NULL : strstr(part, end_word);

    return part != NULL && at > part && (end == NULL || at < end);
}

/* The column that a parameter is written to; empty for one that is only compared. */
static struct text column_of(const char *sql, const char *question_mark)
{
    const char *list = strchr(sql, '(');
    const char *values = strstr(sql, ") VALUES (");
    const char *select = strstr(sql, ") SELECT ");

    if (strncmp(sql, "UPDATE ", 7) == 0 && is_between(sql, " WHERE ", question_mark))
        return word_before(sql, question_mark);
    if (strncmp(sql, "INSERT ", 7) != 0)
        return TEXT("");
    if (is_between(values, " ON DUPLICATE ", question_mark))
        return name_of(list, count_commas(values + strlen(") VALUES ("), question_mark));
    if (is_between(select, " FROM ", question_mark))
        return name_of(list, count_commas(select + strlen(") SELECT "), question_mark));
    return TEXT("");
}

static void check_width(const char *sql, const char *question_mark, struct text value)
{
    struct text column = column_of(sql, question_mark);
    struct text table = word_at(sql + strlen(sql[0] == 'I' ? "INSERT INTO " : "UPDATE "));

    for (size_t i = 0; column.length > 0 && i < ARRAY_LENGTH(widths); i++)
        if (text_equal(text_of(widths[i].table), table) && text_equal(text_of(widths[i].column), column))
            assert((widths[i].is_in_bytes ? value.length : text_length(value)) <= widths[i].width);
}

size_t fake_widths_check(const struct db_statement *statement, const void *params)
{
    const struct db_member *members[DB_PARAMS_MAX];
    CLEANUP(buf_release) struct buf sql;
    const char *at;
    int count;

    buf_init(&sql, SQL_MAXIMUM);
    count = db_statement_translate(statement, &sql, members, DB_PARAMS_MAX);
    assert(count >= 0 && !sql.overflowed);
    at = sql.data;
    for (int i = 0; i < count; i++) {
        struct text text;

        at = strchr(at, '?');
        if (members[i]->type == DB_TEXT) {
            memcpy(&text, (const char *)params + members[i]->offset, sizeof(text));
            assert(text.data == NULL || text_is_utf8(text));
            if (text.data != NULL)
                check_width(sql.data, at, text);
        }
        at++;
    }
    return (size_t)count;
}
