#include "fields.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/jcs.h"
#include "base/jsonr.h"
#include "base/text.h"
#include "url.h"

/* The value that is being read: where it is, what the client sent, and where faults go. */
struct input {
    const struct field *field;
    const struct location *location;
    const json_t *value;
    struct arena *arena;
    struct faults *faults;
    void *member;
};

static bool fault(const struct input *in, const char *type, const char *message, const char *context)
{
    faults_add(in->faults, type, in->location, message, in->value, context);
    return false;
}

static bool passes_check(const struct input *in, struct text text)
{
    const struct field_complaint *complaint = in->field->check == NULL ? NULL : in->field->check(in->arena, text);

    if (complaint == NULL)
        return true;
    if (complaint->type != NULL)
        return fault(in, complaint->type, complaint->message, complaint->context);
    faults_add_value_error(in->faults, in->location, complaint->message, in->value);
    return false;
}

static bool is_among(const char *const *values, struct text text)
{
    for (size_t i = 0; values[i] != NULL; i++)
        if (strlen(values[i]) == text.length && memcmp(values[i], text.data, text.length) == 0)
            return true;
    return false;
}

/* As Pydantic writes them: 'a', 'b' or 'c'. */
static const char *list_values(struct arena *arena, const char *const *values)
{
    const char *list = arena_printf(arena, "'%s'", values[0]);

    for (size_t i = 1; values[i] != NULL; i++)
        list = arena_printf(arena, "%s%s'%s'", list, values[i + 1] == NULL ? " or " : ", ", values[i]);
    return list;
}

static bool is_literal(const struct input *in, struct text text)
{
    const char *expected;

    if (in->field->values == NULL || is_among(in->field->values, text))
        return true;
    expected = list_values(in->arena, in->field->values);
    return fault(in, "literal_error", arena_printf(in->arena, "Input should be %s", expected),
                 arena_printf(in->arena, "{\"expected\":\"%s\"}", expected));
}

static bool read_text(const struct input *in, struct text text)
{
    const struct field *field = in->field;
    size_t length;

    if (!text_is_utf8(text))
        return fault(in, "string_unicode",
                     "Input should be a valid string, unable to parse raw data as a unicode string", NULL);
    if (field->flags & FIELD_NFC)
        text = text_nfc(in->arena, text);
    length = text_length(text);
    if (length < (size_t)field->minimum)
        return fault(in, "string_too_short",
                     arena_printf(in->arena, "String should have at least %lld character%s", (long long)field->minimum,
                                  field->minimum == 1 ? "" : "s"),
                     arena_printf(in->arena, "{\"min_length\":%lld}", (long long)field->minimum));
    if (length > (size_t)field->maximum)
        return fault(in, "string_too_long",
                     arena_printf(in->arena, "String should have at most %lld characters", (long long)field->maximum),
                     arena_printf(in->arena, "{\"max_length\":%lld}", (long long)field->maximum));
    if (!is_literal(in, text) || !passes_check(in, text))
        return false;
    *(struct text *)in->member = (struct text){arena_strndup(in->arena, text.data, text.length), text.length};
    return true;
}

static bool read_url(const struct input *in, struct text text)
{
    if (text_length(text) > (size_t)in->field->maximum)
        return fault(in, "url_too_long",
                     arena_printf(in->arena, "URL should have at most %lld characters", (long long)in->field->maximum),
                     arena_printf(in->arena, "{\"max_length\":%lld}", (long long)in->field->maximum));
    switch (url_judge(text)) {
    case URL_UNPARSABLE:
        return fault(in, "url_parsing", "Input should be a valid URL", "{\"error\":\"not an absolute URL\"}");
    case URL_WRONG_SCHEME:
        return fault(in, "url_scheme", "URL scheme should be 'http' or 'https'",
                     "{\"expected_schemes\":\"'http' or 'https'\"}");
    case URL_WITH_USER:
        return fault(in, "url_parsing", "Input should be a valid URL, without a user name or password",
                     "{\"error\":\"user information is not allowed\"}");
    case URL_NOT_ENCODED:
        return fault(in, "url_parsing", "Input should be a valid URL, percent-encoded where RFC 3986 demands it",
                     "{\"error\":\"invalid character\"}");
    case URL_GOOD:
        break;
    }
    *(struct text *)in->member = (struct text){arena_strndup(in->arena, text.data, text.length), text.length};
    return true;
}

static bool read_id(const struct input *in, struct text text)
{
    struct id id;

    if (id_parse(text, &id)) {
        if (id_is_nil(&id)) {
            faults_add_value_error(in->faults, in->location, "the nil UUID is not an id", in->value);
            return false;
        }
        *(struct id *)in->member = id;
        return true;
    }
    return fault(in, "uuid_parsing", "Input should be a valid UUID, 32 hexadecimal digits with or without hyphens",
                 "{\"error\":\"32 hexadecimal digits expected\"}");
}

static bool read_time(const struct input *in, struct text text)
{
    struct timestamp time;

    if (!timestamp_parse(text, &time))
        return fault(in, "datetime_from_date_parsing", "Input should be a valid datetime, as RFC 3339 has it",
                     "{\"error\":\"not a time such as 2026-11-23T09:30:00Z\"}");
    *(struct timestamp *)in->member = time;
    return true;
}

static bool read_int(const struct input *in, int64_t number)
{
    const struct field *field = in->field;

    if (number < field->minimum)
        return fault(
            in, "greater_than_equal",
            arena_printf(in->arena, "Input should be greater than or equal to %lld", (long long)field->minimum),
            arena_printf(in->arena, "{\"ge\":%lld}", (long long)field->minimum));
    if (number > field->maximum)
        return fault(in, "less_than_equal",
                     arena_printf(in->arena, "Input should be less than or equal to %lld", (long long)field->maximum),
                     arena_printf(in->arena, "{\"le\":%lld}", (long long)field->maximum));
    *(int64_t *)in->member = number;
    return true;
}

/* A number beyond 64 bits becomes the largest or smallest number, which no field allows. */
static bool read_int_text(const struct input *in, struct text text)
{
    char *end;
    long long number = strtoll(text.data, &end, 10);

    if (text.length == 0 || (size_t)(end - text.data) != text.length ||
        strspn(text.data, "+-0123456789") != text.length)
        return fault(in, "int_parsing", "Input should be a valid integer, unable to parse string as an integer", NULL);
    return read_int(in, number);
}

static bool read_bool_text(const struct input *in, struct text text)
{
    static const char *const words[2][6] = {{"0", "off", "f", "false", "n", "no"},
                                            {"1", "on", "t", "true", "y", "yes"}};

    for (int value = 0; value < 2; value++) {
        for (size_t i = 0; i < ARRAY_LENGTH(words[value]); i++) {
            if (strlen(text.data) == text.length && strcasecmp(text.data, words[value][i]) == 0) {
                *(bool *)in->member = value == 1;
                return true;
            }
        }
    }
    return fault(in, "bool_parsing", "Input should be a valid boolean, unable to interpret input", NULL);
}

/* Reads an object as the item table says, or else a text. */
static void read_item(const struct input *list, size_t index, const json_t *value, void *items)
{
    const struct field *field = list->field;
    const struct field text_field = {.type = FIELD_TEXT, .maximum = FIELD_UNBOUNDED, .check = field->check};
    const struct location *location = LOCATION_AT(list->location, index);
    struct input in = {&text_field, location,     value,
                       list->arena, list->faults, (char *)items + index * field->item_size};
    struct text text = {json_string_value(value), json_string_length(value)};

    if (field->items != NULL)
        fields_from_json(field->items->fields, value, list->arena, location, in.member, list->faults);
    else if (text.data != NULL)
        read_text(&in, text);
    else
        fault(&in, "string_type", "Input should be a valid string", NULL);
}

static bool read_list(const struct input *in)
{
    const struct field *field = in->field;
    size_t count = json_array_size(in->value);
    struct field_list list = {.count = count};
    unsigned faults_before = in->faults->count;
    json_t *item;
    size_t index;

    if (count > (size_t)field->maximum)
        return fault(in, "too_long",
                     arena_printf(in->arena, "List should have at most %lld items after validation, not %zu",
                                  (long long)field->maximum, count),
                     arena_printf(in->arena, "{\"field_type\":\"List\",\"max_length\":%lld,\"actual_length\":%zu}",
                                  (long long)field->maximum, count));
    list.items = arena_zalloc(in->arena, count * field->item_size + 1);
    json_array_foreach(in->value, index, item)
    {
        read_item(in, index, item, list.items);
    }
    if (in->faults->count > faults_before)
        return false;
    *(struct field_list *)in->member = list;
    return true;
}

/* True if a number is so large that jsonr_parse() put another one in its place. */
static bool has_lost_number(const json_t *value)
{
    const char *name;
    json_t *member;
    size_t index;

    if (json_is_real(value))
        return fabs(json_real_value(value)) >= JSONR_BEYOND;
    json_array_foreach((json_t *)value, index, member) if (has_lost_number(member)) return true;
    json_object_foreach((json_t *)value, name, member) if (has_lost_number(member)) return true;
    return false;
}

static bool read_object(const struct input *in)
{
    int64_t maximum = in->field->maximum;
    struct buf text;

    if (!json_is_object(in->value))
        return fault(in, "dict_type", "Input should be a valid dictionary", NULL);
    if (has_lost_number(in->value)) {
        faults_add_value_error(in->faults, in->location, "a number is too large", in->value);
        return false;
    }
    buf_init(&text, (size_t)maximum);
    jcs_value(&text, in->value);
    if (!text.overflowed)
        *(struct text *)in->member = (struct text){arena_strndup(in->arena, text.data, text.length), text.length};
    else
        faults_add_value_error(
            in->faults, in->location,
            arena_printf(in->arena, "the object should have at most %lld bytes as compact JSON", (long long)maximum),
            NULL);
    buf_release(&text);
    return !text.overflowed;
}

static bool read_json_value(const struct input *in)
{
    struct text text = {json_string_value(in->value), json_string_length(in->value)};

    switch (in->field->type) {
    case FIELD_TEXT:
        return text.data == NULL ? fault(in, "string_type", "Input should be a valid string", NULL)
                                 : read_text(in, text);
    case FIELD_URL:
        return text.data == NULL ? fault(in, "url_type", "URL input should be a string or URL", NULL)
                                 : read_url(in, text);
    case FIELD_ID:
        return text.data == NULL ? fault(in, "uuid_type", "UUID input should be a string, bytes or UUID object", NULL)
                                 : read_id(in, text);
    case FIELD_INT:
        return json_is_integer(in->value) ? read_int(in, json_integer_value(in->value))
                                          : fault(in, "int_type", "Input should be a valid integer", NULL);
    case FIELD_BOOL:
        if (!json_is_boolean(in->value))
            return fault(in, "bool_type", "Input should be a valid boolean", NULL);
        *(bool *)in->member = json_is_true(in->value);
        return true;
    case FIELD_LIST:
        return json_is_array(in->value) ? read_list(in) : fault(in, "list_type", "Input should be a valid list", NULL);
    case FIELD_OBJECT:
        return read_object(in);
    case FIELD_TIME:
        break;
    }
    assert(false && "no body has such fields");
    return false;
}

static void set_null(const struct input *in)
{
    if (in->field->type == FIELD_LIST)
        *(struct field_list *)in->member = (struct field_list){NULL, 0};
    else
        *(struct text *)in->member = (struct text){NULL, 0};
}

static bool read_json_field(const struct input *in, const json_t *object)
{
    unsigned flags = in->field->flags;

    if (in->value == NULL) {
        if (flags & FIELD_REQUIRED)
            faults_add(in->faults, "missing", in->location, "Field required", object, NULL);
        return false;
    }
    if (json_is_null(in->value) && (flags & FIELD_NULL_IS_ABSENT))
        return false;
    if (json_is_null(in->value) && (flags & FIELD_NULLABLE)) {
        set_null(in);
        return true;
    }
    return read_json_value(in);
}

static void note_given(const struct field *field, void *target)
{
    if (field->given != 0)
        *(bool *)((char *)target + field->given) = true;
}

void fields_from_json(const struct field *table, const json_t *object, struct arena *arena,
                      const struct location *location, void *target, struct faults *faults)
{
    if (!json_is_object(object)) {
        faults_add(faults, "model_attributes_type", location,
                   "Input should be a valid dictionary or object to extract fields from", object, NULL);
        return;
    }
    for (size_t i = 0; table[i].name != NULL; i++) {
        struct input in = {
            .field = &table[i],
            .location = LOCATION_IN(location, table[i].name),
            .value = json_object_get(object, table[i].name),
            .arena = arena,
            .faults = faults,
            .member = (char *)target + table[i].offset,
        };

        if (read_json_field(&in, object))
            note_given(&table[i], target);
    }
}

static bool read_query_value(const struct input *in, struct text text)
{
    switch (in->field->type) {
    case FIELD_TEXT:
        return read_text(in, text);
    case FIELD_ID:
        return read_id(in, text);
    case FIELD_INT:
        return read_int_text(in, text);
    case FIELD_BOOL:
        return read_bool_text(in, text);
    case FIELD_TIME:
        return read_time(in, text);
    case FIELD_URL:
    case FIELD_LIST:
    case FIELD_OBJECT:
        break;
    }
    assert(false && "a query has neither URLs nor lists or objects");
    return false;
}

static void set_default(const struct input *in)
{
    if ((in->field->flags & FIELD_HAS_DEFAULT) == 0)
        return;
    if (in->field->type == FIELD_INT)
        *(int64_t *)in->member = in->field->default_value;
    else
        *(bool *)in->member = in->field->default_value != 0;
}

void fields_from_query(const struct field *table, const struct urlencoded *query, struct arena *arena, void *target,
                       struct faults *faults)
{
    for (size_t i = 0; table[i].name != NULL; i++) {
        struct text text = urlencoded_find(query, table[i].name, NULL);
        json_t *shown;
        struct input in = {
            .field = &table[i],
            .location = LOCATION_IN(LOCATION("query"), table[i].name),
            .arena = arena,
            .faults = faults,
            .member = (char *)target + table[i].offset,
        };

        if (text.data == NULL) {
            if (table[i].flags & FIELD_REQUIRED)
                faults_add(faults, "missing", in.location, "Field required", json_null(), NULL);
            set_default(&in);
            continue;
        }
        shown = faults_input(text);
        in.value = shown;
        if (read_query_value(&in, text))
            note_given(&table[i], target);
        json_decref(shown);
    }
}
