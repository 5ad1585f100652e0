#include "jcs.h"

#include <math.h>
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

#define DIGITS_MAX 17 /* with so many every double is another one */

/* A positive number: `digits` with a point before the first of them, times ten to the power of `exponent`. */
struct decimal {
    char digits[DIGITS_MAX + 1];
    int count;
    int exponent;
};

static double value_of(const struct decimal *decimal)
{
    char text[DIGITS_MAX + 16];

    snprintf(text, sizeof(text), "0.%se%d", decimal->digits, decimal->exponent);
    return strtod(text, NULL);
}

/* The next number of so many digits. */
static void increase(struct decimal *decimal)
{
    int at = decimal->count - 1;

    while (at >= 0 && decimal->digits[at] == '9')
        decimal->digits[at--] = '0';
    if (at >= 0) {
        decimal->digits[at]++;
        return;
    }
    decimal->digits[0] = '1';
    decimal->exponent++;
}

/* Looks for a number of `count` digits that is read as `number` again. The nearest one is so if any is, but where
 * doubles lie closer below than above: there it may be the next. */
static bool find_decimal(double number, int count, struct decimal *out)
{
    char text[DIGITS_MAX + 16];

    snprintf(text, sizeof(text), "%.*e", count - 1, number);
    out->count = count;
    out->digits[0] = text[0];
    if (count > 1)
        memcpy(out->digits + 1, text + 2, (size_t)count - 1);
    out->digits[count] = '\0';
    out->exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10) + 1;
    if (value_of(out) == number)
        return true;
    increase(out);
    return value_of(out) == number;
}

static void add_zeros(struct buf *buf, int count)
{
    for (int i = 0; i < count; i++)
        buf_add_char(buf, '0');
}

/* ECMAScript's Number::toString, which RFC 8785 (3.2.2.3) takes. */
static void add_decimal(struct buf *buf, const struct decimal *decimal)
{
    int point = decimal->exponent;
    size_t count = (size_t)decimal->count;

    if (point > 21 || point < -5) {
        buf_add_char(buf, decimal->digits[0]);
        if (count > 1) {
            buf_add_char(buf, '.');
            buf_add(buf, decimal->digits + 1, count - 1);
        }
        buf_printf(buf, "e%+d", point - 1);
    } else if (point <= 0) {
        buf_add_literal(buf, "0.");
        add_zeros(buf, -point);
        buf_add(buf, decimal->digits, count);
    } else if (point >= decimal->count) {
        buf_add(buf, decimal->digits, count);
        add_zeros(buf, point - decimal->count);
    } else {
        buf_add(buf, decimal->digits, (size_t)point);
        buf_add_char(buf, '.');
        buf_add(buf, decimal->digits + point, count - (size_t)point);
    }
}

static void add_real(struct buf *buf, double number)
{
    struct decimal decimal;
    int count = 1;

    if (number == 0) {
        buf_add_char(buf, '0');
        return;
    }
    if (number < 0)
        buf_add_char(buf, '-');
    while (count < DIGITS_MAX && !find_decimal(fabs(number), count, &decimal))
        count++;
    if (count == DIGITS_MAX)
        find_decimal(fabs(number), count, &decimal);
    add_decimal(buf, &decimal);
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
    case JSON_REAL:
        add_real(buf, json_real_value(value));
        break;
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
