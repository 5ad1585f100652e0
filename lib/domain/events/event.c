#include "event.h"

#include <assert.h>
#include <stdlib.h>

#include "base/jcs.h"
#include "base/jsonr.h"
#include "base/memory.h"
#include "base/text.h"
#include "event_content.h"
#include "event_origin.h"
#include "event_sql.h"

#define JSON_BYTES_MAX ((size_t)512 * 1024)
#define ACTOR_NAME_LENGTH_MAX 512

const struct id event_service_chain = {
    {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

/* What an event says */

struct event_actor event_operator(const struct call *call)
{
    assert(call->caller.kind == CALLER_OPERATOR);
    return (struct event_actor){.type = "operator", .name = call->origin.operator_name};
}

struct event_actor event_caller(const struct call *call, const struct id *account_id)
{
    const struct credential *credential = &call->caller.credential;

    if (call->caller.kind == CALLER_OPERATOR)
        return event_operator(call);
    return (struct event_actor){
        .type = credential->kind == CREDENTIAL_OF_SERVICE ? "service_account" : "user",
        .account_id = *account_id,
        .credential_id = credential->id,
    };
}

void event_target(struct event *event, const char *type, const struct id *id, struct text name)
{
    assert(event->target_count < EVENT_TARGETS_MAX);
    event->targets[event->target_count++] = (struct event_target){type, {*id, name}};
}

static void change(struct event *event, const char *field, struct text before, struct text after)
{
    if (text_equal(before, after))
        return;
    assert(event->change_count < EVENT_CHANGES_MAX);
    event->changes[event->change_count++] = (struct event_change){field, before, after};
}

/* Returns what is in the buffer, in the arena, and releases it. */
static struct text take(struct arena *arena, struct buf *buf)
{
    struct text text = {"null", 4};

    if (buf->overflowed)
        memory_ran_out(NULL);
    else
        text = (struct text){arena_strndup(arena, buf->data, buf->length), buf->length};
    buf_release(buf);
    return text;
}

static struct text json_of_text(struct arena *arena, struct text value)
{
    struct buf buf;

    buf_init(&buf, JSON_BYTES_MAX);
    jcs_text(&buf, value);
    return take(arena, &buf);
}

void event_changed_text(struct event *event, const struct call *call, const char *field, struct text before,
                        struct text after)
{
    change(event, field, json_of_text(call->arena, before), json_of_text(call->arena, after));
}

static struct text json_of_id(struct arena *arena, const struct id *id)
{
    char text[ID_TEXT_SIZE];

    id_format(id, text);
    return json_of_text(arena, id_is_nil(id) ? (struct text){NULL, 0} : text_of(text));
}

void event_changed_id(struct event *event, const struct call *call, const char *field, const struct id *before,
                      const struct id *after)
{
    change(event, field, json_of_id(call->arena, before), json_of_id(call->arena, after));
}

static struct text json_of_time(struct arena *arena, struct timestamp time)
{
    char text[TIMESTAMP_TEXT_SIZE];

    timestamp_format(time, text);
    return json_of_text(arena, time.us == 0 ? (struct text){NULL, 0} : text_of(text));
}

void event_changed_time(struct event *event, const struct call *call, const char *field, struct timestamp before,
                        struct timestamp after)
{
    change(event, field, json_of_time(call->arena, before), json_of_time(call->arena, after));
}

void event_changed_int(struct event *event, const struct call *call, const char *field, int64_t before, int64_t after)
{
    change(event, field, text_of(arena_printf(call->arena, "%lld", (long long)before)),
           text_of(arena_printf(call->arena, "%lld", (long long)after)));
}

static struct text json_of_bool(bool value)
{
    return value ? TEXT("true") : TEXT("false");
}

void event_changed_bool(struct event *event, const char *field, const bool *before, const bool *after)
{
    change(event, field, before == NULL ? TEXT("null") : json_of_bool(*before),
           after == NULL ? TEXT("null") : json_of_bool(*after));
}

static struct text canonical(struct arena *arena, struct text json)
{
    json_t *value = json.data == NULL ? json_null() : jsonr_parse(json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    struct buf buf;

    buf_init(&buf, JSON_BYTES_MAX);
    if (value == NULL)
        memory_ran_out(NULL); /* it was JSON when it was stored */
    else
        jcs_value(&buf, value);
    json_decref(value);
    return take(arena, &buf);
}

void event_changed_json(struct event *event, const struct call *call, const char *field, struct text before,
                        struct text after)
{
    change(event, field, canonical(call->arena, before), canonical(call->arena, after));
}

/* The columns that are JSON. Names are in their order. */

static struct text write_targets(struct arena *arena, const struct event *event)
{
    struct buf buf;

    buf_init(&buf, JSON_BYTES_MAX);
    buf_add_char(&buf, '[');
    for (size_t i = 0; i < event->target_count; i++) {
        const struct event_target *target = &event->targets[i];

        buf_add_string(&buf, i == 0 ? "{" : ",{");
        event_content_id(&buf, "id", &target->party.id);
        buf_add_char(&buf, ',');
        event_content_text(&buf, "name", target->party.name);
        buf_add_char(&buf, ',');
        event_content_text(&buf, "type", text_of(target->type));
        buf_add_char(&buf, '}');
    }
    buf_add_char(&buf, ']');
    return take(arena, &buf);
}

static int compare_changes(const void *left, const void *right)
{
    return strcmp(((const struct event_change *)left)->field, ((const struct event_change *)right)->field);
}

static struct text write_changes(struct arena *arena, const struct event *event)
{
    struct event_change changes[EVENT_CHANGES_MAX];
    struct buf buf;

    memcpy(changes, event->changes, event->change_count * sizeof(changes[0]));
    qsort(changes, event->change_count, sizeof(changes[0]), compare_changes);
    buf_init(&buf, JSON_BYTES_MAX);
    buf_add_char(&buf, '{');
    for (size_t i = 0; i < event->change_count; i++) {
        buf_printf(&buf, "%s\"%s\":{\"after\":", i == 0 ? "" : ",", changes[i].field);
        buf_add(&buf, changes[i].after.data, changes[i].after.length);
        buf_add_literal(&buf, ",\"before\":");
        buf_add(&buf, changes[i].before.data, changes[i].before.length);
        buf_add_char(&buf, '}');
    }
    buf_add_char(&buf, '}');
    return take(arena, &buf);
}

/* Writing */

static struct text canonical_part(struct arena *arena, const struct event_row *event,
                                  void (*write)(struct buf *buf, const struct event_row *row))
{
    struct buf buf;

    buf_init(&buf, EVENT_CONTENT_BYTES_MAX);
    write(&buf, event);
    return take(arena, &buf);
}

/* SQL makes JSON of the name, and knows no controls. */
static struct text without_controls(struct arena *arena, struct text name)
{
    return name.data == NULL || !text_has_control(name) ? name : text_of(text_printable(arena, name));
}

static const struct id *chain_of(const struct event *event)
{
    if (!id_is_nil(&event->organization.id))
        return &event->organization.id;
    return id_is_nil(&event->account_id) ? &event_service_chain : &event->account_id;
}

/* Writes what the hash of the first event of a chain is made of, but for its content: version, the hash before it,
 * sequence, time. */
static struct text hash_head(const struct call *call)
{
    return text_of(arena_printf(call->arena, "01%064d%016d%016llx", 0, 1, (unsigned long long)call->now.us));
}

static struct event_params describe(const struct call *call, const struct event *event)
{
    const struct origin origin = event_origin(call);
    struct event_params params = {
        .event =
            {
                .chain_id = *chain_of(event),
                .id = id_new(call->now),
                .action = text_of(event->action),
                .actor_type = text_of(event->actor.type),
                .actor_id = event->actor.account_id,
                .actor_name =
                    without_controls(call->arena, event_keep(call->arena, event->actor.name, ACTOR_NAME_LENGTH_MAX)),
                .actor_credential_id = event->actor.credential_id,
                .organization_id = event->organization.id,
                .organization_name = event->organization.name,
                .targets = write_targets(call->arena, event),
                .request_id = origin.request_id,
                .address = origin.address,
                .user_agent = origin.user_agent,
                .changes = write_changes(call->arena, event),
                .count = event->count == 0 ? 1 : event->count,
            },
        .now = call->now,
        .hash_head = hash_head(call),
    };

    params.content_head = canonical_part(call->arena, &params.event, event_content_head);
    params.content_tail = canonical_part(call->arena, &params.event, event_content_tail);
    return params;
}

void event_add(struct db_unit *unit, const struct call *call, const struct event *event)
{
    struct event_params params = describe(call, event);

    if (!event->actor.is_named)
        db_unit_add(unit, &event_sql_name_actor, &params);
    db_unit_add(unit, event->begins_chain ? &event_sql_begin_chain : &event_sql_extend_chain, &params);
    db_unit_add(unit, &event_sql_insert, &params);
    for (size_t i = 0; i < event->target_count; i++) {
        params.target_id = event->targets[i].party.id;
        if (!id_is_nil(&params.target_id))
            db_unit_add(unit, &event_sql_insert_target, &params);
    }
    unit->proof = params.event.id;
    if (call->action != NULL)
        *call->action = event->action;
}

void event_forget(const struct call *call)
{
    if (call->action != NULL)
        *call->action = NULL;
}

int event_lock_chain(const struct call *call, const struct id *chain_id, struct error *err)
{
    const struct event_params params = {.event.chain_id = *chain_id};
    struct event_found_row row;

    return db_query_one(call->db, &event_sql_lock_chain, &params, call->arena, &row, err) < 0 ? -1 : 0;
}

/* A work, and the event that proves it. */
struct recording {
    const struct call *call;
    const struct db_work *work;
    struct event_params params;
};

static int plan_recorded(struct db_unit *unit, void *context, struct error *err)
{
    struct recording *recording = context;
    int result;

    unit->proof = (struct id){{0}};
    result = recording->work->plan(unit, recording->work->context, err);
    assert(result < 0 || unit->count == 0 || !id_is_nil(&unit->proof));
    recording->params.event.id = unit->proof;
    return result;
}

static int is_recorded(struct db *db, void *context, struct error *err)
{
    const struct recording *recording = context;
    struct event_found_row row;

    return db_query_one(db, &event_sql_find, &recording->params, recording->call->arena, &row, err);
}

int event_transaction(const struct call *call, const struct db_work *work, struct error *err)
{
    struct recording recording = {.call = call, .work = work};
    struct db_work recorded = {
        .plan = plan_recorded,
        .locks = work->locks,
        .is_done = is_recorded,
        .context = &recording,
    };

    if (db_transaction(call->db, call->arena, &recorded, err) == 0)
        return 0;
    event_forget(call);
    return -1;
}
