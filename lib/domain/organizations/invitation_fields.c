#include "base/jsonw.h"
#include "base/text.h"
#include "domain/address.h"
#include "invitation.h"
#include "named.h"
#include "role.h"

/* By the value of enum invitation_status. A NULL ends them. */
static const char *const names[] = {
    [INVITATION_PENDING] = "pending", [INVITATION_ACCEPTED] = "accepted", [INVITATION_DECLINED] = "declined",
    [INVITATION_REVOKED] = "revoked", [INVITATION_EXPIRED] = "expired",   [INVITATION_EXPIRED + 1] = NULL,
};
#define STATUSES (&names[INVITATION_PENDING]) /* for a field */

const char *invitation_status_name(enum invitation_status status)
{
    return names[status];
}

enum invitation_status invitation_status_at(const struct invitation *invitation, struct timestamp now)
{
    if (invitation->status == INVITATION_PENDING && invitation->expires.us <= now.us)
        return INVITATION_EXPIRED;
    return (enum invitation_status)invitation->status;
}

static enum invitation_status parse_status(struct text name)
{
    for (size_t i = INVITATION_PENDING; names[i] != NULL; i++)
        if (text_equal(name, text_of(names[i])))
            return (enum invitation_status)i;
    return INVITATION_NONE;
}

/* What a body may hold */

static const struct field_complaint *check_email(struct arena *arena, struct text value)
{
    static const struct field_complaint complaint = {
        NULL, "value is not a valid email address: it must be one that HTML takes, of at most 254 characters", NULL};
    struct error err;

    (void)arena;
    return value.length == 0 || address_check(value, &err) < 0 ? &complaint : NULL;
}

static const struct field create_fields[] = {
    {.name = "email",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct invitation_input, email),
     .check = check_email,
     .description = "Whom to invite. The address of no member, and without a pending invitation."},
    {.name = "role_id",
     .type = FIELD_ID,
     .flags = FIELD_REQUIRED,
     FIELD_AT(struct invitation_input, role_id),
     .description =
         "The role that the person gets with the acceptance. It may hold no permission that you lack. More roles "
         "and teams can be assigned to the invitation."},
    {.name = "expires_in_days",
     .type = FIELD_INT,
     .flags = FIELD_NULL_IS_ABSENT,
     .minimum = 1,
     .maximum = INVITATION_DAYS_MAX,
     FIELD_AT_GIVEN(struct invitation_input, expires_in_days, given.expires_in_days),
     .description = "How long it can be accepted; 30 if it is left out."},
    {.name = "notify",
     .type = FIELD_BOOL,
     .flags = FIELD_NULL_IS_ABSENT,
     FIELD_AT_GIVEN(struct invitation_input, notify, given.notify),
     .description = "Whether to send a mail, which is so if it is left out."},
    {.name = NULL},
};

const struct model invitation_create_model = {
    "InvitationCreate", create_fields,
    .example = "{\"email\":\"alice@example.com\",\"role_id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a82\","
               "\"expires_in_days\":7}"};

static void set_defaults(struct invitation_input *input)
{
    if (!input->given.expires_in_days)
        input->expires_in_days = INVITATION_DAYS_DEFAULT;
    if (!input->given.notify)
        input->notify = true;
}

int invitation_input_from_body(const struct call *call, const json_t *body, struct invitation_input *out,
                               struct error *err)
{
    *out = (struct invitation_input){.notify = false};
    fields_from_json(create_fields, body, call->arena, LOCATION("body"), out, call->faults);
    set_defaults(out);
    return faults_result(call->faults, err);
}

/* Many at once */

struct many {
    struct field_list invitations;
};

static const struct field many_fields[] = {
    {.name = "invitations",
     .type = FIELD_LIST,
     .flags = FIELD_REQUIRED,
     .maximum = INVITATIONS_AT_ONCE_MAX,
     FIELD_AT(struct many, invitations),
     .items = &invitation_create_model,
     .item_size = sizeof(struct invitation_input),
     .description = "Whom to invite, and to what. The answer has an item for each, in this order."},
    {.name = NULL},
};

const struct model invitations_create_model = {
    "InvitationsCreate", many_fields,
    .example =
        "{\"invitations\":[{\"email\":\"alice@example.com\",\"role_id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a82\"},"
        "{\"email\":\"bob@example.com\",\"role_id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a82\","
        "\"expires_in_days\":7}]}"};

int invitations_from_body(const struct call *call, const json_t *body, struct field_list *out, struct error *err)
{
    struct many many = {{NULL, 0}};
    struct invitation_input *inputs;

    fields_from_json(many_fields, body, call->arena, LOCATION("body"), &many, call->faults);
    inputs = many.invitations.items;
    for (size_t i = 0; i < many.invitations.count; i++)
        set_defaults(&inputs[i]);
    *out = many.invitations;
    return faults_result(call->faults, err);
}

/* What queries may hold */

#define ONLY_PENDING                                                                                                   \
    {                                                                                                                  \
        .name = "only_pending", .type = FIELD_BOOL,                                                                    \
        FIELD_AT_GIVEN(struct invitation_filter, only_pending, only_pending_given),                                    \
        .description = "Only those that can be accepted. True if it is left out, unless status is given."              \
    }
#define STATUS                                                                                                         \
    {                                                                                                                  \
        .name = "status", .type = FIELD_TEXT, .maximum = FIELD_UNBOUNDED, FIELD_AT(struct invitation_filter, status),  \
        .values = STATUSES, .description = "Only those of this status."                                                \
    }

const struct field invitation_list_fields[] = {
    {.name = "email",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct invitation_filter, email_key),
     .description = "Only those to this address, without regard to case.",
     .example = "\"alice@example.com\""},
    ONLY_PENDING,
    STATUS,
    PAGING_OFFSET(struct invitation_filter),
    PAGING_LIMIT(struct invitation_filter),
    PAGING_AFTER(struct invitation_filter, "invitation"),
    PAGING_INCLUDE_TOTAL(struct invitation_filter),
    {.name = NULL},
};

const struct field own_invitation_list_fields[] = {
    ONLY_PENDING,
    STATUS,
    PAGING_OFFSET(struct invitation_filter),
    PAGING_LIMIT(struct invitation_filter),
    PAGING_AFTER(struct invitation_filter, "invitation"),
    PAGING_INCLUDE_TOTAL(struct invitation_filter),
    {.name = NULL},
};

int invitation_filter_from_query(const struct call *call, enum invitation_list list, const struct urlencoded *query,
                                 struct invitation_filter *out, struct error *err)
{
    *out = (struct invitation_filter){.list = list};
    paging_from_query(list == INVITATIONS_OF_CALLER ? own_invitation_list_fields : invitation_list_fields, query,
                      call->arena, out, call->faults);
    if (!out->only_pending_given)
        out->only_pending = out->status.data == NULL;
    if (out->status.data != NULL)
        out->wanted = parse_status(out->status);
    if (out->email_key.data != NULL)
        out->email_key = address_key(call->arena, out->email_key, true);
    return faults_result(call->faults, err);
}

struct decision {
    bool accept;
};

const struct field invitation_decide_fields[] = {
    {.name = "accept",
     .type = FIELD_BOOL,
     .flags = FIELD_REQUIRED,
     FIELD_AT(struct decision, accept),
     .description = "True to become a member, false to decline.",
     .example = "true"},
    {.name = NULL},
};

int invitation_decision_from_query(const struct call *call, const struct urlencoded *query, bool *is_accepted,
                                   struct error *err)
{
    struct decision decision = {false};

    fields_from_query(invitation_decide_fields, query, call->arena, &decision, call->faults);
    *is_accepted = decision.accept;
    return faults_result(call->faults, err);
}

/* Answers */

static const struct field named_fields[] = {
    {.name = "id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "As it is."},
    {.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "As it is."},
    {.name = NULL},
};
static const struct model named_model = {"NamedThing", named_fields, NULL};

#define TEXT_OR_NULL(key, text)                                                                                        \
    {                                                                                                                  \
        .name = (key), .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_NULLABLE, .description = (text)             \
    }

#define ANSWER_FIELDS                                                                                                  \
    {.name = "id", .type = FIELD_ID, .flags = FIELD_REQUIRED, .description = "Never changes."},                        \
        {.name = "organization_id",                                                                                    \
         .type = FIELD_ID,                                                                                             \
         .flags = FIELD_REQUIRED,                                                                                      \
         .description = "Where the person is to be a member."},                                                        \
        {.name = "organization_name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "As it is now."},    \
        TEXT_OR_NULL("organization_logo_url", "Likewise."),                                                            \
        {.name = "organization_member_count",                                                                          \
         .type = FIELD_INT,                                                                                            \
         .flags = FIELD_REQUIRED,                                                                                      \
         .maximum = FIELD_UNBOUNDED,                                                                                   \
         .description = "How many users and service accounts are in it."},                                             \
        {.name = "email", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "Who is invited."},              \
        {.name = "roles",                                                                                              \
         .type = FIELD_LIST,                                                                                           \
         .flags = FIELD_REQUIRED,                                                                                      \
         .items = &named_model,                                                                                        \
         .description = "What the person gets with the acceptance. Of one that has ended, only the system's roles."},  \
        {.name = "teams",                                                                                              \
         .type = FIELD_LIST,                                                                                           \
         .flags = FIELD_REQUIRED,                                                                                      \
         .items = &named_model,                                                                                        \
         .description = "Which teams the person will be in. Of one that has ended, none."},                            \
        {.name = "status",                                                                                             \
         .type = FIELD_TEXT,                                                                                           \
         .flags = FIELD_REQUIRED,                                                                                      \
         .values = STATUSES,                                                                                           \
         .description = "What has become of it."},                                                                     \
        {.name = "created", .type = FIELD_TIME, .flags = FIELD_REQUIRED, .description = "When it was made."},          \
        {.name = "expiration_date",                                                                                    \
         .type = FIELD_TIME,                                                                                           \
         .flags = FIELD_REQUIRED,                                                                                      \
         .description = "It can be accepted before this time."},                                                       \
        {.name = "inviting_user_id",                                                                                   \
         .type = FIELD_ID,                                                                                             \
         .flags = FIELD_REQUIRED | FIELD_NULLABLE,                                                                     \
         .description = "Who invites; null of an operator."},                                                          \
        TEXT_OR_NULL("inviting_user_name", "The user name; null if the account is gone."),                             \
        TEXT_OR_NULL("inviting_user_avatar_url", "The user's picture, if there is one.")

static const struct field answer_fields[] = {
    ANSWER_FIELDS,
    {.name = NULL},
};

static const struct field answer_fields_with_link[] = {
    ANSWER_FIELDS,
    {.name = "link",
     .type = FIELD_TEXT,
     .description = "The page where the person can join, to be handed over where there is no mail. It is here once; "
                    "a repetition with an Idempotency-Key does not have it."},
    {.name = NULL},
};

#define EXAMPLE                                                                                                           \
    "{\"id\":\"01932d3a-6c00-7a3b-8f4e-2f6d1c0b9a01\",\"organization_id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\","      \
    "\"organization_name\":\"Acme\",\"organization_logo_url\":null,\"organization_member_count\":3,"                      \
    "\"email\":\"alice@example.com\",\"roles\":[{\"id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a82\","                        \
    "\"name\":\"Organization Member\"}],\"teams\":[],\"status\":\"pending\",\"created\":\"2026-11-23T09:30:00.123456Z\"," \
    "\"expiration_date\":\"2026-11-30T09:30:00.123456Z\","                                                                \
    "\"inviting_user_id\":\"01932d2f-1b40-7c11-9d02-5be3a0f4c6d1\",\"inviting_user_name\":\"bob\","                       \
    "\"inviting_user_avatar_url\":null"

const struct model invitation_model = {"Invitation", answer_fields, .example = EXAMPLE "}"};
const struct model invitation_with_link_model = {
    "InvitationWithLink", answer_fields_with_link,
    .example = EXAMPLE ",\"link\":\"https://orgs.example.com/account/invitation?secret=ORGINV_0ZM…\"}"};

/* The form of all errors, which the document describes. */
static const struct model error_model = {.name = "Error"};

static const struct field outcome_fields[] = {
    {.name = "email", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "Who was to be invited."},
    {.name = "status",
     .type = FIELD_INT,
     .flags = FIELD_REQUIRED,
     .maximum = FIELD_UNBOUNDED,
     .description = "The status that this invitation would have been answered with alone."},
    {.name = "invitation",
     .type = FIELD_OBJECT,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     .items = &invitation_with_link_model,
     .description = "The new invitation, or null."},
    {.name = "error",
     .type = FIELD_OBJECT,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     .items = &error_model,
     .description = "Why there is none, or null."},
    {.name = NULL},
};

const struct model invitation_outcome_model = {
    "InvitationOutcome", outcome_fields,
    .example = "{\"email\":\"bob@example.com\",\"status\":409,\"invitation\":null,"
               "\"error\":{\"detail\":[\"EntityExistsError\",\"This is the address of a member already.\"]}}"};

static void write_time(struct buf *out, const char *key, struct timestamp time)
{
    jsonw_key(out, key);
    jsonw_time(out, time);
}

static void write_text(struct buf *out, const char *key, struct text text)
{
    jsonw_key(out, key);
    jsonw_text(out, text);
}

static void write_id(struct buf *out, const char *key, const struct id *id)
{
    jsonw_key(out, key);
    jsonw_id(out, id);
}

void invitation_write_json(struct buf *out, const struct invitation *invitation, const char *link, struct timestamp now)
{
    buf_add_char(out, '{');
    write_id(out, "id", &invitation->id);
    write_id(out, "organization_id", &invitation->organization_id);
    write_text(out, "organization_name", invitation->organization_name);
    write_text(out, "organization_logo_url", invitation->organization_logo_url);
    jsonw_key(out, "organization_member_count");
    buf_add_int(out, invitation->organization_member_count);
    write_text(out, "email", invitation->email);
    jsonw_key(out, "roles");
    roles_write_json(out, &invitation->organization_id, invitation->own_roles, invitation->roles_made);
    jsonw_key(out, "teams");
    buf_add_char(out, '[');
    named_write_json(out, invitation->teams);
    buf_add_char(out, ']');
    jsonw_key(out, "status");
    jsonw_string(out, invitation_status_name(invitation_status_at(invitation, now)));
    write_time(out, "created", invitation->created);
    write_time(out, "expiration_date", invitation->expires);
    write_id(out, "inviting_user_id", &invitation->inviter_id);
    write_text(out, "inviting_user_name", invitation->inviter_name);
    write_text(out, "inviting_user_avatar_url", invitation->inviter_avatar_url);
    if (link != NULL) {
        jsonw_key(out, "link");
        jsonw_string(out, link);
    }
    buf_add_char(out, '}');
}
