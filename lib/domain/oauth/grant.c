#include "grant.h"

#include "base/random.h"
#include "base/text.h"
#include "domain/events/event.h"
#include "grant_sql.h"
#include "refresh_token.h"

struct timestamp grant_expiry(const struct call *call)
{
    return (struct timestamp){call->now.us + call->config->refresh_token_lifetime * US_PER_S};
}

static void record_creation(struct db_unit *unit, const struct call *call, const struct id *session_id, const char *way,
                            const struct granted *granted)
{
    struct event event = {
        .action = "grant.created",
        .actor = {.type = "user", .account_id = granted->account_id, .credential_id = *session_id},
        .account_id = granted->account_id,
    };

    event_target(&event, "grant", &granted->grant_id, (struct text){NULL, 0});
    event_target(&event, "client", &granted->client_id,
                 granted->client_name.data == NULL ? granted->client : granted->client_name);
    event_changed_text(&event, call, "client_id", (struct text){NULL, 0}, granted->client);
    event_changed_text(&event, call, "grant_type", (struct text){NULL, 0}, text_of(way));
    event_add(unit, call, &event);
}

/* A client proves who it is by a secret, or not at all, so its event names nobody's account as the actor. */
static void record_end(struct db_unit *unit, const struct call *call, const struct grant_ending *ending)
{
    struct event event = {
        .action = ending->action,
        .actor = {.type = "client", .name = ending->client, .credential_id = ending->grant_id},
        .account_id = ending->account_id,
    };

    event_target(&event, "grant", &ending->grant_id, (struct text){NULL, 0});
    event_add(unit, call, &event);
}

int grant_add(struct db_unit *unit, const struct call *call, const struct id *session_id, const char *way,
              struct granted *out, struct error *err)
{
    struct grant_params params = {
        .id = id_new(call->now),
        .account_id = out->account_id,
        .client = out->client,
        .client_id = out->client_id,
        .session_id = *session_id,
        .now = call->now,
        .generation = 1,
        .expires = grant_expiry(call),
    };

    random_fill(params.salt.bytes, sizeof(params.salt.bytes));
    out->grant_id = params.id;
    out->generation = params.generation;
    db_unit_require(unit, &grant_sql_insert, &params, ERR_INVALID_GRANT,
                    "The person who gave access has signed out meanwhile.");
    db_unit_add(unit, &grant_sql_end_oldest_of_client, &params);
    db_unit_add(unit, &grant_sql_end_oldest, &params);
    record_creation(unit, call, session_id, way, out);
    return refresh_token_write(call, &params.id, &params.salt, 1, out->refresh_token, err);
}

void grant_end(struct db_unit *unit, const struct call *call, const struct grant_ending *ending)
{
    struct grant_params params = {.id = ending->grant_id, .now = call->now};

    db_unit_add(unit, &grant_sql_end, &params);
    record_end(unit, call, ending);
}

struct revocation {
    const struct call *call;
    struct grant_ending ending;
};

static int plan_revocation(struct db_unit *unit, void *context, struct error *err)
{
    const struct revocation *revocation = context;
    const struct grant_ending *ending = &revocation->ending;
    struct grant_params params = {
        .id = ending->grant_id,
        .account_id = ending->account_id,
        .client = ending->client,
        .now = revocation->call->now,
    };

    (void)err;
    db_unit_require(unit, &grant_sql_revoke, &params, ERR_NOT_FOUND, "There is no such grant.");
    record_end(unit, revocation->call, ending);
    return 0;
}

int grant_revoke(const struct call *call, const struct id *grant_id, const struct id *account_id, struct text client,
                 struct error *err)
{
    struct revocation revocation = {call, {*grant_id, *account_id, client, "grant.ended"}};
    struct db_work work = {.plan = plan_revocation, .context = &revocation};

    return event_transaction(call, &work, err) == 0 || err->kind == ERR_NOT_FOUND ? 0 : -1;
}

int grant_exists(struct db *db, struct arena *arena, const struct id *grant_id, struct error *err)
{
    struct grant_params params = {.id = *grant_id};
    struct grant_number_row row;

    return db_query_one(db, &grant_sql_exists, &params, arena, &row, err);
}
