#include "base/text.h"
#include "domain/name.h"
#include "user.h"

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

#define EXAMPLE                                                                                                        \
    "{\"id\":\"01932d2f-1b40-7c11-9d02-5be3a0f4c6d1\",\"username\":\"wile\",\"email\":\"wile@acme.example.com\",\"email_verified\":true,\"name\":\"Wile E.\",\"avatar_url\":\"https://acme.example.com/wile.png\",\"company\":\"Acme\",\"job_title\":\"Genius\",\"metadata\":{\"shoe_size\":43},\"language\":\"en\",\"time_zone\":\"America/Phoenix\",\"is_active\":true,\"is_superuser\":false,\"is_service_account\":false,\"organization_id\":null,\"oauth_provider\":null,\"oauth_id\":null,\"created\":\"2026-11-23T09:30:00.123456Z\",\"updated\":\"2026-11-23T09:30:00.123456Z\""

static const struct field answer_fields[] = {
    ACCOUNT_FIELDS,
    {.name = NULL},
};

const struct model user_model = {"User", answer_fields, .example = EXAMPLE "}"};

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
                                    .example = EXAMPLE ",\"sub\":\"01932d2f-1b40-7c11-9d02-5be3a0f4c6d1\"}"};

const struct field user_list_fields[] = {
    {.name = "user_id", .type = FIELD_ID, FIELD_AT(struct user_filter, user_id), .description = "Only this one."},
    {.name = "username",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
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
     .maximum = 254,
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
