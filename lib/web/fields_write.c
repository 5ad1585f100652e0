#include <assert.h>

#include "base/jsonw.h"
#include "fields.h"

static void write_object(struct buf *out, const struct field *field, struct text object)
{
    if (object.data != NULL)
        buf_add(out, object.data, object.length);
    else
        buf_add_string(out, field->flags & FIELD_NULLABLE ? "null" : "{}");
}

static void write_value(struct buf *out, const struct field *field, const void *member)
{
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_URL:
        jsonw_text(out, *(const struct text *)member);
        return;
    case FIELD_ID:
        jsonw_id(out, member);
        return;
    case FIELD_INT:
        buf_add_int(out, *(const int64_t *)member);
        return;
    case FIELD_BOOL:
        jsonw_bool(out, *(const bool *)member);
        return;
    case FIELD_TIME:
        jsonw_time(out, *(const struct timestamp *)member);
        return;
    case FIELD_OBJECT:
        write_object(out, field, *(const struct text *)member);
        return;
    case FIELD_LIST:
        break;
    }
    assert(false && "lists are written by whoever has them");
}

void fields_write_json(struct buf *out, const struct field *table, const void *source)
{
    buf_add_char(out, '{');
    for (const struct field *field = table; field->name != NULL; field++) {
        jsonw_key(out, field->name);
        write_value(out, field, (const char *)source + field->offset);
    }
    buf_add_char(out, '}');
}
