#include "named.h"

#include <string.h>

#include "base/jsonw.h"

/* Cuts off the next entry. Returns false at the end. */
static bool next_entry(struct text *lines, struct id *id, struct text *name)
{
    const char *end;
    size_t length;

    if (lines->data == NULL || lines->length <= ID_DIGITS)
        return false;
    end = memchr(lines->data, '\n', lines->length);
    length = end == NULL ? lines->length : (size_t)(end - lines->data);
    if (!id_parse((struct text){lines->data, ID_DIGITS}, id))
        return false;
    *name = (struct text){lines->data + ID_DIGITS, length - ID_DIGITS};
    length += end != NULL;
    *lines = (struct text){lines->data + length, lines->length - length};
    return true;
}

struct text named_append(struct arena *arena, struct text lines, const struct id *id, struct text name)
{
    char digits[ID_DIGITS + 1] = "";

    id_write_digits(id, digits);
    return text_of(arena_printf(arena, "%.*s%s%s%.*s", (int)lines.length, lines.data == NULL ? "" : lines.data,
                                lines.length == 0 ? "" : "\n", digits, (int)name.length, name.data));
}

static bool has_entry(struct text lines, const struct id *wanted)
{
    struct text name;
    struct id id;

    while (next_entry(&lines, &id, &name))
        if (id_equal(&id, wanted))
            return true;
    return false;
}

struct text named_union(struct arena *arena, struct text lines, struct text more)
{
    struct text result = lines;
    struct text name;
    struct id id;

    while (next_entry(&more, &id, &name))
        if (!has_entry(lines, &id))
            result = named_append(arena, result, &id, name);
    return result;
}

void named_write_one(struct buf *out, const struct id *id, struct text name)
{
    buf_add_string(out, out->overflowed || out->data[out->length - 1] == '[' ? "{" : ",{");
    jsonw_key(out, "id");
    jsonw_id(out, id);
    jsonw_key(out, "name");
    jsonw_text(out, name);
    buf_add_char(out, '}');
}

void named_write_json(struct buf *out, struct text lines)
{
    struct text name;
    struct id id;

    while (next_entry(&lines, &id, &name))
        named_write_one(out, &id, name);
}

struct text named_join(struct arena *arena, struct text names, const char *separator, struct text lines)
{
    struct text name;
    struct id id;

    while (next_entry(&lines, &id, &name))
        names = text_of(arena_printf(arena, "%s%s%.*s", names.data == NULL ? "" : names.data,
                                     names.data == NULL ? "" : separator, (int)name.length, name.data));
    return names;
}
