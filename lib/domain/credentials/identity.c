#include "identity.h"

#include <string.h>

#include "base/text.h"
#include "domain/accounts/account_event.h"
#include "domain/name.h"
#include "identity_sql.h"

bool identity_is_subject(struct text subject)
{
    return subject.length >= 1 && subject.length <= IDENTITY_SUBJECT_BYTES_MAX && text_is_utf8(subject) &&
           !text_has_control(subject);
}

/* A URL has no NUL, so it separates the two. */
static struct digest digest_of_both(const struct call *call, const struct identity *identity)
{
    size_t length = identity->issuer.length + 1 + identity->subject.length;
    char *both = arena_alloc(call->arena, length);

    memcpy(both, identity->issuer.data, identity->issuer.length);
    both[identity->issuer.length] = '\0';
    memcpy(both + identity->issuer.length + 1, identity->subject.data, identity->subject.length);
    return digest_of(both, length);
}

static struct identity_params params_of(const struct call *call, const struct identity *identity)
{
    return (struct identity_params){.identity = *identity, .digest = digest_of_both(call, identity), .now = call->now};
}

static int find(const struct call *call, const struct identity_params *params, struct identity *out, struct error *err)
{
    return db_query_one(call->db, &identity_sql_find, params, call->arena, out, err);
}

int identity_find(const struct call *call, struct identity *identity, struct error *err)
{
    struct identity_params params = params_of(call, identity);

    return find(call, &params, identity, err);
}

/* Linking */

#define CHANGED "somebody else has just changed the user or the identity; look again"

struct linking {
    const struct call *call;
    struct identity_params params;
    const struct account_params *user; /* to be created; NULL: there is one already */
    const struct db_statement *insert;
};

static void record(struct db_unit *unit, const struct linking *linking, const char *action, struct event_actor actor,
                   const struct account *user)
{
    const struct call *call = linking->call;
    const struct text none = {NULL, 0};
    const struct identity *identity = &linking->params.identity;
    struct event event = {.action = action, .actor = actor};
    bool is_linked = linking->insert != NULL;

    account_own_event(&event, user);
    event_changed_text(&event, call, "oauth_provider", is_linked ? none : identity->issuer,
                       is_linked ? identity->issuer : none);
    event_changed_text(&event, call, "oauth_id", is_linked ? none : identity->subject,
                       is_linked ? identity->subject : none);
    event_add(unit, call, &event);
}

static void plan_link(struct db_unit *unit, const struct linking *linking, struct event_actor actor,
                      const struct account *user)
{
    db_unit_require(unit, linking->insert, &linking->params, ERR_NOT_FOUND, CHANGED);
    db_unit_require(unit, &identity_sql_insert_credential, &linking->params, ERR_NOT_FOUND, CHANGED);
    record(unit, linking, "user.identity_linked", actor, user);
}

/* The first time */

static struct event_actor issuer_of(const struct linking *linking)
{
    return (struct event_actor){.type = "issuer", .name = linking->params.identity.issuer};
}

static int plan_by_name(struct db_unit *unit, void *context, struct error *err)
{
    struct linking *linking = context;
    const struct call *call = linking->call;
    struct identity found;
    struct account user = {.is_service = false};
    int result = db_query_one(call->db, &identity_sql_find_named, &linking->params, call->arena, &found, err);

    if (result <= 0)
        return result < 0 ? -1 : error_set(err, ERR_NOT_FOUND, CHANGED);
    linking->params.identity.account_id = user.id = found.account_id;
    user.name = found.username;
    plan_link(unit, linking, issuer_of(linking), &user);
    return 0;
}

static int plan_to_new(struct db_unit *unit, void *context, struct error *err)
{
    const struct linking *linking = context;
    const struct account *user = account_prepared(linking->user);
    struct event event = account_event(linking->call, &account_created, NULL, user);

    (void)err;
    event.actor = issuer_of(linking);
    account_plan_creation(unit, linking->user);
    event_add(unit, linking->call, &event);
    plan_link(unit, linking, issuer_of(linking), user);
    return 0;
}

/* Links an identity that had no row. Several workers may do so at once. Any row is good: that which somebody else has
 * made is as true as ours. */
static int link_first(struct linking *linking, struct identity *identity, struct error *err)
{
    struct db_work work = {.plan = linking->user == NULL ? plan_by_name : plan_to_new, .context = linking};
    struct error failure = {.kind = ERR_NONE};
    int found;

    linking->params = params_of(linking->call, identity);
    linking->params.identity.id = id_new(linking->call->now);
    linking->params.name_key = name_key(linking->call->arena, identity->subject);
    if (event_transaction(linking->call, &work, &failure) < 0 && failure.kind != ERR_EXISTS) {
        *err = failure;
        return -1;
    }
    found = find(linking->call, &linking->params, identity, err);
    if (found != 0)
        return found > 0 ? 0 : -1;
    if (failure.kind == ERR_NONE)
        return error_set(err, ERR_UNAVAILABLE, "Somebody else has just removed what was linked. Try again.");
    *err = failure; /* somebody has the name and not the identity */
    return -1;
}

int identity_link_by_name(const struct call *call, struct identity *identity, struct error *err)
{
    struct linking linking = {.call = call, .insert = &identity_sql_insert_by_name};

    return link_first(&linking, identity, err);
}

static int link_to_new(const struct call *call, const struct account *user, struct identity *identity,
                       struct error *err)
{
    struct linking linking = {.call = call, .insert = &identity_sql_insert};

    if (account_prepare(call, user, &linking.user, err) < 0)
        return -1;
    identity->account_id = account_prepared(linking.user)->id;
    return link_first(&linking, identity, err);
}

int identity_link_to_new(const struct call *call, const struct account *user, struct identity *identity,
                         struct error *err)
{
    struct account unverified = *user;

    if (link_to_new(call, user, identity, err) == 0)
        return 0;
    if (err->kind != ERR_EXISTS || !user->email_verified || !account_address_is_taken(call))
        return -1;
    unverified.email_verified = false;
    return link_to_new(call, &unverified, identity, err);
}

/* For operators */

static int check(const struct identity *identity, struct error *err)
{
    if (identity_is_subject(identity->subject))
        return 0;
    return error_set(
        err, ERR_VALIDATION,
        "a subject must have 1 to %d bytes, in UTF-8, and no control characters: write it as the tokens do",
        IDENTITY_SUBJECT_BYTES_MAX);
}

static int plan_linking(struct db_unit *unit, void *context, struct error *err)
{
    const struct linking *linking = context;
    struct account user;

    if (account_lock(linking->call, &linking->params.identity.account_id, &user, err) < 0)
        return -1;
    plan_link(unit, linking, event_operator(linking->call), &user);
    return 0;
}

int identity_link(const struct call *call, const struct id *account_id, struct identity *identity, struct error *err)
{
    struct linking linking = {.call = call};
    struct db_work work = {.plan = plan_linking, .locks = true, .context = &linking};
    int found;

    if (check(identity, err) < 0 || (found = identity_find(call, identity, err)) < 0)
        return -1;
    if (found > 0 && !id_is_nil(&identity->account_id))
        return error_set(err, ERR_EXISTS, "this identity is linked to the user '%s' already; unlink it there first",
                         identity->username.data);
    if (found == 0)
        identity->id = id_new(call->now);
    identity->account_id = *account_id;
    linking.params = params_of(call, identity);
    linking.insert = found == 0 ? &identity_sql_insert : &identity_sql_link;
    if (event_transaction(call, &work, err) == 0)
        return 0;
    return err->kind == ERR_EXISTS ? error_set(err, ERR_NOT_FOUND, CHANGED) : -1;
}

static int plan_unlinking(struct db_unit *unit, void *context, struct error *err)
{
    const struct linking *linking = context;
    struct account user;

    if (account_lock(linking->call, &linking->params.identity.account_id, &user, err) < 0)
        return -1;
    db_unit_require(unit, &identity_sql_unlink, &linking->params, ERR_NOT_FOUND, CHANGED);
    db_unit_add(unit, &identity_sql_delete_credential, &linking->params);
    record(unit, linking, "user.identity_unlinked", event_operator(linking->call), &user);
    return 0;
}

int identity_unlink(const struct call *call, const struct id *account_id, struct identity *identity, struct error *err)
{
    struct linking linking = {.call = call};
    struct db_work work = {.plan = plan_unlinking, .locks = true, .context = &linking};
    int found = identity_find(call, identity, err);

    if (found < 0)
        return -1;
    if (found == 0 || !id_equal(&identity->account_id, account_id))
        return error_set(err, ERR_NOT_FOUND, "this identity is not linked to that user");
    linking.params = params_of(call, identity);
    return event_transaction(call, &work, err);
}

int64_t identity_list(const struct call *call, const struct id *account_id, struct identity **out, struct error *err)
{
    struct identity_params params = {.identity.account_id = *account_id};

    return db_query_all(call->db, &identity_sql_list, &params, call->arena, (void **)out, err);
}
