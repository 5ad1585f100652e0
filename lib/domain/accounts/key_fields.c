#include <stdio.h>

#include "account.h"
#include "base/jsonw.h"
#include "base/text.h"
#include "domain/name.h"
#include "key.h"

#define DESCRIPTION_LENGTH_MAX 256

/* What bodies and answers share about each field. */
#define NAME                                                                                                           \
    .name = "name", .type = FIELD_TEXT, .minimum = 1, .maximum = ACCOUNT_NAME_LENGTH_MAX,                              \
    .description = "What it is called: unique among those of its account."
#define DESCRIPTION                                                                                                    \
    .name = "description", .type = FIELD_TEXT, .minimum = 1, .maximum = DESCRIPTION_LENGTH_MAX,                        \
    .description = "What it is for, for people."
#define IS_ACTIVE .name = "is_active", .type = FIELD_BOOL
#define GIVEN_DESCRIPTION                                                                                              \
    {                                                                                                                  \
        DESCRIPTION, .flags = FIELD_NULLABLE, FIELD_AT_GIVEN(struct key_input, description, given.description)         \
    }

static const struct field create_fields[] = {
    {NAME, .flags = FIELD_NFC | FIELD_REQUIRED, FIELD_AT_GIVEN(struct key_input, name, given.name),
     .check = name_check},
    GIVEN_DESCRIPTION,
    {.name = "expires_in_minutes",
     .type = FIELD_INT,
     .flags = FIELD_NULL_IS_ABSENT,
     .minimum = 1,
     .maximum = KEY_MINUTES_MAX,
     FIELD_AT_GIVEN(struct key_input, expires_in_minutes, given.expires_in_minutes),
     .description = "When it stops working, with all access tokens made of it. Not set: never."},
    {.name = NULL},
};

const struct model key_create_model = {
    "KeyCreate", create_fields,
    .example = "{\"name\":\"backup\",\"description\":\"Of the nightly job\",\"expires_in_minutes\":129600}"};

static const struct field update_fields[] = {
    {NAME, .flags = FIELD_NFC | FIELD_NULL_IS_ABSENT, FIELD_AT_GIVEN(struct key_input, name, given.name),
     .check = name_check},
    GIVEN_DESCRIPTION,
    {IS_ACTIVE, .flags = FIELD_NULL_IS_ABSENT, FIELD_AT_GIVEN(struct key_input, is_active, given.is_active),
     .description = "False ends it, and the access tokens made of it, with the next request. True lets it work again, "
                    "but not those tokens."},
    {.name = NULL},
};

const struct model key_update_model = {"KeyUpdate", update_fields,
                                       .example = "{\"description\":\"Of the old server\",\"is_active\":false}"};

static const struct field rotate_fields[] = {
    {.name = "retain_period_minutes",
     .type = FIELD_INT,
     .flags = FIELD_NULL_IS_ABSENT,
     .minimum = 0,
     .maximum = KEY_RETAINED_MINUTES_MAX,
     FIELD_AT(struct key_input, retain_period_minutes),
     .description = "How long the old secret, and the access tokens made of it, still work. Not set: not at all."},
    {.name = NULL},
};

const struct model key_rotate_model = {"KeyRotate", rotate_fields, .example = "{\"retain_period_minutes\":60}"};

const struct field key_list_fields[] = {
    PAGING_OFFSET(struct key_filter),
    PAGING_LIMIT(struct key_filter),
    PAGING_AFTER(struct key_filter, "key"),
    PAGING_INCLUDE_TOTAL(struct key_filter),
    {.name = NULL},
};

/* The form that key_write_json() writes. */
#define ANSWER_FIELDS                                                                                                  \
    {.name = "id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "Never changes."},                        \
        {NAME, .flags = FIELD_REQUIRED}, {DESCRIPTION, .flags = FIELD_REQUIRED | FIELD_NULLABLE},                      \
        {.name = "hint",                                                                                               \
         .type = FIELD_TEXT,                                                                                           \
         .flags = FIELD_REQUIRED | FIELD_NULLABLE,                                                                     \
         .maximum = KEY_HINT_LENGTH,                                                                                   \
         .description = "The last characters of the secret. Null of one older than this field."},                      \
        {IS_ACTIVE, .flags = FIELD_REQUIRED, .description = "Whether it works, as far as people have said."},          \
        {.name = "created", .type = FIELD_TIME, .flags = FIELD_REQUIRED, .description = "When it was created."},       \
        {.name = "expires",                                                                                            \
         .type = FIELD_TIME,                                                                                           \
         .flags = FIELD_REQUIRED | FIELD_NULLABLE,                                                                     \
         .description = "When it stops working; null: never. It is removed a day later."},                             \
        {.name = "last_used",                                                                                          \
         .type = FIELD_TIME,                                                                                           \
         .flags = FIELD_REQUIRED | FIELD_NULLABLE,                                                                     \
         .description = "When it, or an access token made of it, was used last: the beginning of that hour. Null: "    \
                        "never yet."},                                                                                 \
        {.name = "last_rotated",                                                                                       \
         .type = FIELD_TIME,                                                                                           \
         .flags = FIELD_REQUIRED | FIELD_NULLABLE,                                                                     \
         .description = "When it got its present secret, if that is not its first."},                                  \
    {                                                                                                                  \
        .name = "retained_until", .type = FIELD_TIME, .flags = FIELD_REQUIRED | FIELD_NULLABLE,                        \
        .description = "How long the secret before that works, or has worked; null: not at all."                       \
    }

#define EXAMPLE(more)                                                                                                   \
    "{\"id\":\"01932d4b-7e10-7f2a-9c33-8d1e5b7a6c40\",\"name\":\"backup\",\"description\":\"Of the nightly job\","      \
    "\"hint\":\"aVx0\",\"is_active\":true,\"created\":\"2026-11-23T09:30:00.123456Z\","                                 \
    "\"expires\":\"2027-02-21T09:30:00.123456Z\",\"last_used\":null,\"last_rotated\":null,\"retained_until\":null" more \
    "}"

static const struct field answer_fields[] = {ANSWER_FIELDS, {.name = NULL}};

const struct model key_model = {"Key", answer_fields, .example = EXAMPLE("")};

static const struct field secret_fields[] = {
    ANSWER_FIELDS,
    {.name = "key",
     .type = FIELD_TEXT,
     .maximum = SECRET_TEXT_SIZE - 1,
     .description = "The secret, which is shown this once. A repetition with an Idempotency-Key does not have it."},
    {.name = NULL},
};

const struct model key_secret_model = {
    "KeyWithSecret", secret_fields,
    .example = EXAMPLE(",\"key\":\"ORGPAT_AZMtS34QfyqcM40eW3psQE1v0n8Jb2Lr5tYwQp3mXz7CkHs9uGdEfRiAoNlTaVx0\"")};

static int read_input(const struct call *call, const struct field *table, const json_t *body, struct key_input *out,
                      struct error *err)
{
    *out = (struct key_input){.name = {NULL, 0}};
    fields_from_json(table, body, call->arena, LOCATION("body"), out, call->faults);
    return faults_result(call->faults, err);
}

int key_input_for_create(const struct call *call, const json_t *body, struct key_input *out, struct error *err)
{
    return read_input(call, create_fields, body, out, err);
}

int key_input_for_update(const struct call *call, const json_t *body, struct key_input *out, struct error *err)
{
    return read_input(call, update_fields, body, out, err);
}

int key_input_for_rotation(const struct call *call, const json_t *body, struct key_input *out, struct error *err)
{
    return read_input(call, rotate_fields, body, out, err);
}

int key_filter_from_query(const struct call *call, const struct urlencoded *query, struct key_filter *out,
                          struct error *err)
{
    *out = (struct key_filter){.offset = 0};
    paging_from_query(key_list_fields, query, call->arena, out, call->faults);
    return faults_result(call->faults, err);
}

int key_check_description(struct text description, struct error *err)
{
    if (description.data == NULL || (text_is_utf8(description) && text_length(description) <= DESCRIPTION_LENGTH_MAX))
        return 0;
    return error_set(err, ERR_VALIDATION, "A description must have at most %d characters, in UTF-8.",
                     DESCRIPTION_LENGTH_MAX);
}

void key_write_json(struct buf *out, const struct key *key, const char *secret)
{
    buf_add_char(out, '{');
    jsonw_key(out, "id");
    jsonw_id(out, &key->id);
    jsonw_key(out, "name");
    jsonw_text(out, key->name);
    jsonw_key(out, "description");
    jsonw_text(out, key->description);
    jsonw_key(out, "hint");
    jsonw_text(out, key->hint);
    jsonw_key(out, "is_active");
    jsonw_bool(out, key->is_active);
    jsonw_key(out, "created");
    jsonw_time(out, key->created);
    jsonw_key(out, "expires");
    jsonw_time(out, key->expires);
    jsonw_key(out, "last_used");
    jsonw_time(out, key->last_used);
    jsonw_key(out, "last_rotated");
    jsonw_time(out, key->rotated);
    jsonw_key(out, "retained_until");
    jsonw_time(out, key->retained_until);
    if (secret != NULL) {
        jsonw_key(out, "key");
        jsonw_string(out, secret);
    }
    buf_add_char(out, '}');
}

void key_etag(const struct key *key, char out[KEY_ETAG_SIZE])
{
    snprintf(out, KEY_ETAG_SIZE, "\"%llx.%lld\"", (unsigned long long)key->created.us, (long long)key->revision);
}
