/* What the tests of fields share. */
#ifndef ORGD_FIELDS_FIXTURE_H
#define ORGD_FIELDS_FIXTURE_H

#include "web/fields.h"

#include "base/text.h"
#include "unit.h"

struct item {
    struct text title;
    struct text url;
};

struct target {
    struct text text;
    struct text url;
    struct id id;
    int64_t number;
    bool flag;
    struct field_list list;
    struct text choice;
    struct text only;
    bool given[6];
};

static inline const struct field_complaint *check_no_x(struct arena *arena, struct text value)
{
    static const struct field_complaint no_x = {.message = "no \"x\", please"};
    static const struct field_complaint no_y = {"string_too_long", "No y either", "{\"max_length\":2}"};

    (void)arena;
    if (memchr(value.data, 'y', value.length) != NULL)
        return &no_y;
    return memchr(value.data, 'x', value.length) != NULL ? &no_x : NULL;
}

static const struct field item_fields[] = {
    {.name = "title",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED,
     .minimum = 1,
     .maximum = 5,
     .offset = offsetof(struct item, title)},
    {.name = "url", .type = FIELD_URL, .flags = FIELD_REQUIRED, .maximum = 30, .offset = offsetof(struct item, url)},
    {.name = NULL},
};

static const struct model item_model = {.fields = item_fields};

static const struct field fields[] = {
    {.name = "text",
     .type = FIELD_TEXT,
     .flags = FIELD_NULLABLE | FIELD_NFC,
     .minimum = 1,
     .maximum = 5,
     FIELD_AT_GIVEN(struct target, text, given[0]),
     .check = check_no_x},
    {.name = "url",
     .type = FIELD_URL,
     .flags = FIELD_NULLABLE,
     .maximum = 30,
     FIELD_AT_GIVEN(struct target, url, given[1])},
    {.name = "id", .type = FIELD_ID, .flags = FIELD_NULL_IS_ABSENT, FIELD_AT_GIVEN(struct target, id, given[2])},
    {.name = "number",
     .type = FIELD_INT,
     .minimum = -5,
     .maximum = INT32_MAX,
     FIELD_AT_GIVEN(struct target, number, given[3])},
    {.name = "flag", .type = FIELD_BOOL, FIELD_AT_GIVEN(struct target, flag, given[4])},
    {.name = "list",
     .type = FIELD_LIST,
     .flags = FIELD_NULLABLE,
     .maximum = 3,
     FIELD_AT_GIVEN(struct target, list, given[5]),
     .items = &item_model,
     .item_size = sizeof(struct item)},
    {.name = NULL},
};

enum { TEXT_GIVEN = 1, URL_GIVEN = 2, ID_GIVEN = 4, NUMBER_GIVEN = 8, FLAG_GIVEN = 16, LIST_GIVEN = 32 };

static const char *const choices[] = {"one", "-two", "three", NULL};
static const char *const only_choice[] = {"one", NULL};

static const struct field query_fields[] = {
    {.name = "choice",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct target, choice),
     .values = choices},
    {.name = "only",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct target, only),
     .values = only_choice},
    {.name = "text", .type = FIELD_TEXT, .minimum = 1, .maximum = 5, FIELD_AT_GIVEN(struct target, text, given[0])},
    {.name = "id", .type = FIELD_ID, FIELD_AT_GIVEN(struct target, id, given[2])},
    {.name = "number",
     .type = FIELD_INT,
     .minimum = -5,
     .maximum = INT32_MAX,
     FIELD_AT_GIVEN(struct target, number, given[3])},
    {.name = "flag", .type = FIELD_BOOL, FIELD_AT_GIVEN(struct target, flag, given[4])},
    {.name = NULL},
};

struct fixture {
    struct arena *arena;
    struct faults faults;
    struct target target;
};

static inline int set_up(void **state)
{
    static struct fixture fixture;

    fixture.arena = arena_open();
    faults_init(&fixture.faults);
    *state = &fixture;
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *fixture = *state;

    arena_close(fixture->arena);
    faults_release(&fixture->faults);
    return 0;
}

static inline void release_json(void *object)
{
    json_decref(object);
}

/* Which fields had a value, as bits. */
static inline size_t given_bits(const struct target *target)
{
    size_t bits = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(target->given); i++)
        bits |= (size_t)target->given[i] << i;
    return bits;
}

static inline size_t read_json(struct fixture *fixture, const char *text)
{
    json_t *object = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    if (object == NULL)
        fail_msg("not the JSON the test meant: %s", text);
    arena_defer(fixture->arena, release_json, object);
    faults_reset(&fixture->faults);
    fixture->target = (struct target){.number = 99};
    fields_from_json(fields, object, fixture->arena, LOCATION("body"), &fixture->target, &fixture->faults);
    return given_bits(&fixture->target);
}

static inline size_t read_query(struct fixture *fixture, const char *text)
{
    struct urlencoded query = urlencoded_parse(fixture->arena, text_of(text));

    faults_reset(&fixture->faults);
    fixture->target = (struct target){.number = 99};
    fields_from_query(query_fields, &query, fixture->arena, &fixture->target, &fixture->faults);
    return given_bits(&fixture->target);
}

static inline const char *shown_faults(const struct fixture *fixture)
{
    return fixture->faults.count == 0 ? "" : fixture->faults.json.data;
}

#endif
