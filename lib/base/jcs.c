#include "jcs.h"

#include <stdlib.h>

#include "memory.h"

/* RFC 8785, 3.2.2.2 */
static void escape(struct buf *buf, unsigned char c)
{
    static const char shorts[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};

    if (c == '"' || c == '\\') {
        buf_add_char(buf, '\\');
        buf_add_char(buf, (char)c);
    } else if (c < sizeof(shorts) && shorts[c] != 0) {
        buf_add_char(buf, '\\');
        buf_add_char(buf, shorts[c]);
    } else {
        buf_printf(buf, "\\u%04x", c);
    }
}

void jcs_text(struct buf *buf, struct text text)
{
    if (text.data == NULL) {
        buf_add_literal(buf, "null");
        return;
    }
    buf_add_char(buf, '"');
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c < 0x20 || c == '"' || c == '\\')
            escape(buf, c);
        else
            buf_add_char(buf, (char)c);
    }
    buf_add_char(buf, '"');
}

/* UTF-8 and UTF-16 order alike, but for U+E000-FFFF (EE and EF in UTF-8), which UTF-16 puts behind what needs two units
 * (F0 and more). */
static int compare_names(const void *left, const void *right)
{
    const unsigned char *a = *(const unsigned char *const *)left;
    const unsigned char *b = *(const unsigned char *const *)right;

    while (*a == *b && *a != '\0') {
        a++;
        b++;
    }
    if (*a >= 0xee && *b >= 0xee && (*a >= 0xf0) != (*b >= 0xf0))
        return *a >= 0xf0 ? -1 : 1;
    return *a - *b;
}

/* Returns the names in their order, to be freed; NULL if memory ran out. */
static const char **sorted_names(const json_t *object)
{
    const char **names = calloc(json_object_size(object) + 1, sizeof(*names));
    size_t count = 0;
    const char *name;
    json_t *value;

    if (names == NULL) {
        memory_ran_out(NULL);
        return NULL;
    }
    json_object_foreach((json_t *)object, name, value) names[count++] = name;
    qsort(names, count, sizeof(*names), compare_names);
    return names;
}

static void add_object(struct buf *buf, const json_t *object)
{
    const char **names = sorted_names(object);

    buf_add_char(buf, '{');
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        if (i > 0)
            buf_add_char(buf, ',');
        jcs_text(buf, (struct text){names[i], strlen(names[i])});
        buf_add_char(buf, ':');
        jcs_value(buf, json_object_get(object, names[i]));
    }
    buf_add_char(buf, '}');
    free(names);
}

static void add_array(struct buf *buf, const json_t *array)
{
    buf_add_char(buf, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0)
            buf_add_char(buf, ',');
        jcs_value(buf, json_array_get(array, i));
    }
    buf_add_char(buf, ']');
}

void jcs_value(struct buf *buf, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        add_object(buf, value);
        break;
    case JSON_ARRAY:
        add_array(buf, value);
        break;
    case JSON_STRING:
        jcs_text(buf, (struct text){json_string_value(value), json_string_length(value)});
        break;
    case JSON_INTEGER:
        buf_add_int(buf, json_integer_value(value));
        break;
    case JSON_REAL: /* a bug of the caller: its canonical form is not ours to write */
        abort();
    case JSON_TRUE:
        buf_add_literal(buf, "true");
        break;
    case JSON_FALSE:
        buf_add_literal(buf, "false");
        break;
    case JSON_NULL:
        buf_add_literal(buf, "null");
        break;
    }
}
