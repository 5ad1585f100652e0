#include "db_statement.h"

#include <string.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789_"

const struct db_member *db_record_find(const struct db_record *record, struct text name)
{
    for (size_t i = 0; record != NULL && i < record->count; i++)
        if (strlen(record->members[i].name) == name.length &&
            memcmp(record->members[i].name, name.data, name.length) == 0)
            return &record->members[i];
    return NULL;
}

/* Returns the end of the text before the next parameter: a colon outside of quotes, followed by a name. */
static const char *skip_text(const char *at)
{
    while (*at != '\0') {
        if (*at == ':' && strspn(at + 1, NAME_CHARACTERS) > 0)
            return at;
        if (*at == '\'')
            at = strchr(at + 1, '\'');
        at++;
    }
    return at;
}

int db_statement_translate(const struct db_statement *statement, struct buf *out, const struct db_member **params,
                           size_t maximum)
{
    const char *at = statement->sql;
    size_t count = 0;

    for (;;) {
        const char *end = skip_text(at);
        struct text name = {end + 1, 0};

        buf_add(out, at, (size_t)(end - at));
        if (*end == '\0')
            return (int)count;
        name.length = strspn(name.data, NAME_CHARACTERS);
        if (count == maximum || (params[count] = db_record_find(statement->params, name)) == NULL)
            return -1;
        count++;
        buf_add_char(out, '?');
        at = name.data + name.length;
    }
}
