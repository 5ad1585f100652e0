#include "base/pattern.h"
#include "base/text.h"
#include "domain/address.h"
#include "domain/name.h"
#include "user.h"

#define USER_METADATA_BYTES_MAX (INT64_C(16) * 1024)

#define TEXT_OR_NULL(key, member, text)                                                                                \
    {                                                                                                                  \
        .name = (key), .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_NULLABLE, FIELD_AT(struct account, member), \
        .description = (text)                                                                                          \
    }

/* The members of an account, in the order of the answer. */
#define ACCOUNT_FIELDS                                                                                                 \
    {.name = "id",                                                                                                     \
     .type = FIELD_ID,                                                                                                 \
     .flags = FIELD_REQUIRED,                                                                                          \
     FIELD_AT(struct account, id),                                                                                     \
     .description = "Never changes."},                                                                                 \
        {.name = "username",                                                                                           \
         .type = FIELD_TEXT,                                                                                           \
         .flags = FIELD_REQUIRED,                                                                                      \
         FIELD_AT(struct account, name),                                                                               \
         .description = "The name to sign in with. Of a service account: unique in its organization."},                \
        TEXT_OR_NULL("email", email, "The email address, as it was first given."),                                     \
        {.name = "email_verified",                                                                                     \
         .type = FIELD_BOOL,                                                                                           \
         .flags = FIELD_REQUIRED,                                                                                      \
         FIELD_AT(struct account, email_verified),                                                                     \
         .description = "Whether the address is known to be the account's."},                                          \
        TEXT_OR_NULL("name", full_name, "What the person is called."),                                                 \
        TEXT_OR_NULL("avatar_url", avatar_url, "A picture."),                                                          \
        TEXT_OR_NULL("company", company, "Where the person works."), TEXT_OR_NULL("job_title", job_title, "As what."), \
        {.name = "metadata",                                                                                           \
         .type = FIELD_OBJECT,                                                                                         \
         .flags = FIELD_REQUIRED,                                                                                      \
         FIELD_AT(struct account, metadata),                                                                           \
         .description = "Whatever clients keep here."},                                                                \
        TEXT_OR_NULL("language", language, "The language to write to the person in, as BCP 47 has it."),               \
        TEXT_OR_NULL("time_zone", time_zone, "A name of the time zone database."),                                     \
        {.name = "is_active",                                                                                          \
         .type = FIELD_BOOL,                                                                                           \
         .flags = FIELD_REQUIRED,                                                                                      \
         FIELD_AT(struct account, is_active),                                                                          \
         .description = "Who is not active may not call."},                                                            \
        {.name = "is_superuser",                                                                                       \
         .type = FIELD_BOOL,                                                                                           \
         .flags = FIELD_REQUIRED,                                                                                      \
         FIELD_AT(struct account, is_superuser),                                                                       \
         .description = "A superuser sees and changes everything."},                                                   \
        {.name = "is_service_account",                                                                                 \
         .type = FIELD_BOOL,                                                                                           \
         .flags = FIELD_REQUIRED,                                                                                      \
         FIELD_AT(struct account, is_service),                                                                         \
         .description = "A service account is a program's, and belongs to an organization."},                          \
        {.name = "organization_id",                                                                                    \
         .type = FIELD_ID,                                                                                             \
         .flags = FIELD_REQUIRED | FIELD_NULLABLE,                                                                     \
         FIELD_AT(struct account, organization_id),                                                                    \
         .description = "Of a service account: where it belongs. Null of a user."},                                    \
        TEXT_OR_NULL("oauth_provider", oauth_provider,                                                                 \
                     "The URL of the other issuer whose tokens open the account; of several, the first one."),         \
        TEXT_OR_NULL("oauth_id", oauth_id, "Who the user is to that issuer: the subject."),                            \
        {.name = "created",                                                                                            \
         .type = FIELD_TIME,                                                                                           \
         .flags = FIELD_REQUIRED,                                                                                      \
         FIELD_AT(struct account, created),                                                                            \
         .description = "When it was created."},                                                                       \
    {                                                                                                                  \
        .name = "updated", .type = FIELD_TIME, .flags = FIELD_REQUIRED, FIELD_AT(struct account, updated),             \
        .description = "When something of it changed last."                                                            \
    }

static const struct field answer_fields[] = {
    ACCOUNT_FIELDS,
    {.name = NULL},
};

const struct model user_model = {"User", answer_fields, .example = USER_EXAMPLE "}"};

static const struct field me_fields[] = {
    ACCOUNT_FIELDS,
    {.name = "sub",
     .type = FIELD_ID,
     .flags = FIELD_REQUIRED,
     FIELD_AT(struct account, id),
     .description = "The id again, under the name that tokens have for it."},
    {.name = NULL},
};

const struct model user_me_model = {"Me", me_fields,
                                    .example = USER_EXAMPLE ",\"sub\":\"01932d2f-1b40-7c11-9d02-5be3a0f4c6d1\"}"};

static const struct field service_account_fields[] = {
    ACCOUNT_FIELDS,
    TEXT_OR_NULL("description", description, "What it is for."),
    {.name = NULL},
};

const struct model user_service_account_model = {
    "ServiceAccount", service_account_fields,
    .example =
        "{\"id\":\"01932d2f-2c50-7d22-8e13-6cf4b1a5d7e2\",\"username\":\"ci\",\"email\":null,\"email_verified\":false,\"name\":\"Continuous integration\",\"avatar_url\":null,\"company\":null,\"job_title\":null,\"metadata\":{},\"language\":null,\"time_zone\":null,\"is_active\":true,\"is_superuser\":false,\"is_service_account\":true,\"organization_id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\",\"oauth_provider\":null,\"oauth_id\":null,\"created\":\"2026-11-23T09:30:00.123456Z\",\"updated\":\"2026-11-23T09:30:00.123456Z\",\"description\":\"Builds and tests\"}"};

/* Bodies */

#define LANGUAGE_PATTERN "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
#define TIME_ZONE_PATTERN "^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$"

static const struct field_complaint *check_language(struct arena *arena, struct text value)
{
    static const struct field_complaint complaint = {.message = "this is not a language such as de or pt-BR"};

    (void)arena;
    return pattern_matches(LANGUAGE_PATTERN, value) ? NULL : &complaint;
}

static const struct field_complaint *check_time_zone(struct arena *arena, struct text value)
{
    static const struct field_complaint complaint = {.message = "this is not a time zone such as Europe/Berlin"};

    (void)arena;
    return pattern_matches(TIME_ZONE_PATTERN, value) ? NULL : &complaint;
}

/* A text that null clears. */
#define CLEARED(key, member, length, its_check, text)                                                                  \
    {                                                                                                                  \
        .name = (key), .type = FIELD_TEXT, .flags = FIELD_NULLABLE | FIELD_NFC, .minimum = 1, .maximum = (length),     \
        FIELD_AT_GIVEN(struct account_change, value.member, given.member), .check = (its_check), .description = (text) \
    }
/* A flag that null leaves alone. */
#define FLAG(key, member, text)                                                                                        \
    {                                                                                                                  \
        .name = (key), .type = FIELD_BOOL, .flags = FIELD_NULL_IS_ABSENT,                                              \
        FIELD_AT_GIVEN(struct account_change, value.member, given.member), .description = (text)                       \
    }
#define USERNAME(its_flags)                                                                                            \
    {                                                                                                                  \
        .name = "username", .type = FIELD_TEXT, .flags = FIELD_NFC | (its_flags), .minimum = 1,                        \
        .maximum = ACCOUNT_NAME_LENGTH_MAX, FIELD_AT_GIVEN(struct account_change, value.name, given.name),             \
        .check = name_check,                                                                                           \
        .description = "By the same rules as the name of an organization. One with @ must be a verified address of "   \
                       "the same user."                                                                                \
    }
#define PROFILE_FIELDS                                                                                                 \
    CLEARED("name", full_name, 200, name_check_line, "What the person is called."),                                    \
        {.name = "avatar_url",                                                                                         \
         .type = FIELD_URL,                                                                                            \
         .flags = FIELD_NULLABLE,                                                                                      \
         .maximum = 2048,                                                                                              \
         FIELD_AT_GIVEN(struct account_change, value.avatar_url, given.avatar_url),                                    \
         .description = "A picture: an absolute URL of http or https."},                                               \
        CLEARED("company", company, 200, name_check_line, "Where the person works."),                                  \
        CLEARED("job_title", job_title, 200, name_check_line, "As what."),                                             \
        {.name = "metadata",                                                                                           \
         .type = FIELD_OBJECT,                                                                                         \
         .flags = FIELD_NULLABLE,                                                                                      \
         .maximum = USER_METADATA_BYTES_MAX,                                                                           \
         FIELD_AT_GIVEN(struct account_change, value.metadata, given.metadata),                                        \
         .description =                                                                                                \
             "Whatever clients keep here, at most 16 KiB of it as compact JSON. Replaces all that was there."},        \
        CLEARED("language", language, 35, check_language,                                                              \
                "The language to write to the person in, as BCP 47 has it."),                                          \
        CLEARED("time_zone", time_zone, 64, check_time_zone, "A name of the time zone database.")
#define IS_SUPERUSER(text) FLAG("is_superuser", is_superuser, text)

static const struct field create_fields[] = {
    USERNAME(FIELD_REQUIRED),
    CLEARED("email", email, ADDRESS_LENGTH_MAX, address_complaint, "Counts as verified unless it is said not to be."),
    FLAG("email_verified", email_verified, "Whether the address is known to be the user's. Not set: it is."),
    PROFILE_FIELDS,
    FLAG("is_active", is_active, "Who is not active may not call. Not set: the user is."),
    IS_SUPERUSER("Only orgctl makes superusers: true is refused."),
    {.name = NULL},
};

const struct model user_create_model = {
    "UserCreate", create_fields,
    .example =
        "{\"username\":\"wile\",\"email\":\"wile@acme.example.com\",\"name\":\"Wile E.\",\"company\":\"Acme\",\"metadata\":{\"shoe_size\":43}}"};

static const struct field update_fields[] = {
    PROFILE_FIELDS,
    CLEARED("email", email, ADDRESS_LENGTH_MAX, address_complaint,
            "A new one is not verified, unless a superuser sets it."),
    FLAG("email_verified", email_verified, "For superusers."),
    USERNAME(FIELD_NULL_IS_ABSENT),
    FLAG("is_active", is_active,
         "For superusers. Deactivating ends all sessions, and all that was granted to clients."),
    IS_SUPERUSER("Only orgctl changes this: another value than the present one is refused."),
    {.name = NULL},
};

const struct model user_update_model = {
    "UserUpdate", update_fields,
    .example =
        "{\"name\":\"Wile E. Coyote\",\"job_title\":\"Genius\",\"language\":\"en\",\"time_zone\":\"America/Phoenix\"}"};

/* An empty object is none. */
static int read_input(const struct call *call, const struct field *table, const json_t *body,
                      struct account_change *out, struct error *err)
{
    *out = (struct account_change){.value.organization_limit = ACCOUNT_DEFAULT_LIMIT};
    fields_from_json(table, body, call->arena, LOCATION("body"), out, call->faults);
    if (text_equal(out->value.metadata, TEXT("{}")))
        out->value.metadata = (struct text){NULL, 0};
    return faults_result(call->faults, err);
}

int user_input_for_create(const struct call *call, const json_t *body, struct account_change *out, struct error *err)
{
    return read_input(call, create_fields, body, out, err);
}

int user_input_for_update(const struct call *call, const json_t *body, struct account_change *out, struct error *err)
{
    return read_input(call, update_fields, body, out, err);
}

/* Queries */

const struct field user_list_fields[] = {
    {.name = "user_id", .type = FIELD_ID, FIELD_AT(struct user_filter, user_id), .description = "Only this one."},
    {.name = "username",
     .type = FIELD_TEXT,
     .maximum = SEARCH_LENGTH_MAX,
     FIELD_AT(struct user_filter, username_key),
     .description = "The whole user name, without regard to case."},
    {.name = "email",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct user_filter, email),
     .description = "The whole email address, verified or not, without regard to case."},
    {.name = "is_active",
     .type = FIELD_BOOL,
     FIELD_AT_GIVEN(struct user_filter, is_active, given_is_active),
     .description = "Only those who are active, or who are not."},
    {.name = "oauth_provider",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct user_filter, oauth_provider),
     .description = "Only those who have an identity at this issuer: its URL."},
    {.name = "oauth_id",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct user_filter, oauth_id),
     .description = "Only those who are this subject to an issuer."},
    {.name = "search",
     .type = FIELD_TEXT,
     .minimum = 1,
     .maximum = SEARCH_LENGTH_MAX,
     FIELD_AT(struct user_filter, search),
     .description = "The beginning of the user name, of the email address or of the name, without regard to case."},
    PAGING_OFFSET(struct user_filter),
    PAGING_LIMIT(struct user_filter),
    PAGING_AFTER(struct user_filter, "user"),
    PAGING_INCLUDE_TOTAL(struct user_filter),
    {.name = NULL},
};

int user_filter_from_query(const struct call *call, const struct urlencoded *query, struct user_filter *out,
                           struct error *err)
{
    *out = (struct user_filter){0};
    paging_from_query(user_list_fields, query, call->arena, out, call->faults);
    if (out->username_key.data != NULL)
        out->username_key = name_key(call->arena, out->username_key);
    return faults_result(call->faults, err);
}
