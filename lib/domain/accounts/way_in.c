#include "way_in.h"

#include "base/text.h"
#include "domain/access/access.h"
#include "domain/events/event.h"
#include "session_sql.h"
#include "way_in_sql.h"

static const struct kind {
    struct text name; /* in the database, and as the target of an event */
    const char *action;
    const char *unknown;
    const char *unknown_to_all;
    const struct model *model;
} kinds[] = {
    [WAY_IN_SESSION] = {TEXT("session"), "session.ended", "You have no such session.", "There is no such session.",
                        &session_model},
    [WAY_IN_GRANT] = {TEXT("grant"), "grant.ended", "You have let in no such application.", "There is no such grant.",
                      &grant_model},
};

/* Fields */

#define OWN_ID(text)                                                                                                   \
    {                                                                                                                  \
        .name = "id", .type = FIELD_ID, .flags = FIELD_REQUIRED, FIELD_AT(struct way_in, id), .description = (text)    \
    }
#define TIME(key, member, text)                                                                                        \
    {                                                                                                                  \
        .name = (key), .type = FIELD_TIME, .flags = FIELD_REQUIRED, FIELD_AT(struct way_in, member),                   \
        .description = (text)                                                                                          \
    }

static const struct field session_fields[] = {
    OWN_ID("Events name it as the credential_id of their actor."),
    TIME("created", created, "When the person signed in."),
    TIME("expires", expires, "When the browser has to sign in again."),
    {.name = NULL},
};
const struct model session_model = {
    "Session", session_fields,
    .example =
        "{\"id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\",\"created\":\"2026-11-23T09:30:00.123456Z\",\"expires\":\"2026-11-24T09:30:00.123456Z\"}"};

static const struct field grant_fields[] = {
    OWN_ID("Events name it as the credential_id of their actor."),
    {.name = "client_id",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED,
     FIELD_AT(struct way_in, client),
     .description = "Of the application."},
    {.name = "client_name",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED | FIELD_NULLABLE,
     FIELD_AT(struct way_in, client_name),
     .description = "What the application is called; null if it is registered nowhere."},
    TIME("created", created, "When the person let it in."),
    TIME("last_used", last_used, "The hour in which it was used last, or got tokens."),
    TIME("expires", expires, "When it ends, unless the application gets new tokens before."),
    {.name = NULL},
};
const struct model grant_model = {
    "Grant", grant_fields,
    .example =
        "{\"id\":\"01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87\",\"client_id\":\"01932d2f-1b40-7c11-9d02-5be3a0f4c6d1\",\"client_name\":\"Road Runner Tracker\",\"created\":\"2026-11-23T09:30:00.123456Z\",\"last_used\":\"2026-11-23T09:00:00.000000Z\",\"expires\":\"2026-12-23T09:30:00.123456Z\"}"};

const struct field way_in_list_fields[] = {
    PAGING_OFFSET(struct way_in_filter),
    PAGING_LIMIT(struct way_in_filter),
    PAGING_AFTER(struct way_in_filter, "one"),
    PAGING_INCLUDE_TOTAL(struct way_in_filter),
    {.name = NULL},
};

int way_in_filter_from_query(const struct call *call, const struct urlencoded *query, struct way_in_filter *out,
                             struct error *err)
{
    *out = (struct way_in_filter){0};
    paging_from_query(way_in_list_fields, query, call->arena, out, call->faults);
    return faults_result(call->faults, err);
}

/* Reading */

static int refuse_application(const struct call *call, struct error *err)
{
    if (call->caller.credential.kind != CREDENTIAL_OF_GRANT)
        return 0;
    return error_set(err, ERR_FORBIDDEN, "An application that a person has let in may not do this.");
}

/* Uses are told to the hour. */
static void round_use(struct way_in *way_in)
{
    way_in->last_used.us -= way_in->last_used.us % US_PER_HOUR;
}

static void write_page(const struct kind *kind, const struct way_in_filter *filter, struct way_in_row *rows,
                       int64_t count, struct buf *out, struct page *page)
{
    buf_add_char(out, '[');
    for (int64_t i = 0; i < count && !id_is_nil(&rows[i].way_in.id); i++) {
        page->has_more = i == filter->limit;
        if (page->has_more)
            break;
        round_use(&rows[i].way_in);
        if (i > 0)
            buf_add_char(out, ',');
        fields_write_json(out, kind->model->fields, &rows[i].way_in);
        page->last = rows[i].way_in.id;
        page->count++;
    }
    buf_add_char(out, ']');
}

int way_in_list(const struct call *call, enum way_in_kind kind, const struct way_in_filter *filter, struct buf *out,
                struct page *page, struct error *err)
{
    const struct way_in_params params = {
        .caller = call->caller.credential,
        .kind = kinds[kind].name,
        .now = call->now,
        .after = filter->after,
        .offset = filter->offset,
        .limit = filter->limit + 1, /* one more row tells whether there is a next page */
    };
    struct principal principal;
    struct way_in_row *rows = NULL;
    int64_t count = db_query_all(call->db, caller_statement(way_in_sql_list, &params.caller), &params, call->arena,
                                 (void **)&rows, err);

    if (count < 0 || access_accept(call, count == 0 ? NULL : &rows[0].caller, &principal, err) < 0 ||
        refuse_application(call, err) < 0)
        return -1;
    *page = PAGE_EMPTY;
    if (filter->include_total)
        page->total = rows[0].total;
    write_page(&kinds[kind], filter, rows, count, out, page);
    return 0;
}

/* Ending */

struct ending {
    const struct call *call;
    enum way_in_kind kind;
    struct way_in_params params;
};

static int plan_end(struct db_unit *unit, void *context, struct error *err)
{
    struct ending *ending = context;
    const struct call *call = ending->call;
    const struct kind *kind = &kinds[ending->kind];
    const struct session_params session = {.id = ending->params.id, .now = call->now};
    struct event event = {.action = kind->action};
    struct way_in_owner owner;
    struct principal principal;

    if (access_identify(call, &principal, err) < 0 || refuse_application(call, err) < 0)
        return -1;
    owner.account_id = principal.account_id;
    if (access_is_operator(call) && way_in_find_owner(call, ending->kind, &ending->params.id, &owner, err) < 0)
        return -1;
    ending->params.account_id = event.account_id = owner.account_id;
    db_unit_require(unit, &way_in_sql_end, &ending->params, ERR_NOT_FOUND,
                    access_is_operator(call) ? kind->unknown_to_all : kind->unknown);
    if (ending->kind == WAY_IN_SESSION)
        db_unit_add(unit, &session_sql_end_grants, &session);
    event.actor = event_caller(call, &principal.account_id);
    event_target(&event, kind->name.data, &ending->params.id, (struct text){NULL, 0});
    event_add(unit, call, &event);
    return 0;
}

int way_in_end(const struct call *call, enum way_in_kind kind, const struct id *id, struct error *err)
{
    struct ending ending = {
        .call = call,
        .kind = kind,
        .params = {.id = *id, .kind = kinds[kind].name, .now = call->now},
    };
    struct db_work work = {.plan = plan_end, .context = &ending};

    return event_transaction(call, &work, err);
}

/* For operators */

int64_t way_in_list_all(const struct call *call, enum way_in_kind kind, const struct id *account_id,
                        struct way_in **out, struct error *err)
{
    const struct way_in_params params = {.account_id = *account_id, .kind = kinds[kind].name, .now = call->now};
    int64_t count = db_query_all(call->db, &way_in_sql_list_all, &params, call->arena, (void **)out, err);

    for (int64_t i = 0; i < count; i++)
        round_use(&(*out)[i]);
    return count;
}

int way_in_find_owner(const struct call *call, enum way_in_kind kind, const struct id *id, struct way_in_owner *out,
                      struct error *err)
{
    const struct way_in_params params = {.id = *id, .kind = kinds[kind].name};
    int found = db_query_one(call->db, &way_in_sql_find_owner, &params, call->arena, out, err);

    return found == 0 ? error_set(err, ERR_NOT_FOUND, "%s", kinds[kind].unknown_to_all) : found < 0 ? -1 : 0;
}
