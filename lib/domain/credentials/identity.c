#include "identity.h"

#include <string.h>

#include "base/text.h"
#include "db/db_unit.h"
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

static int plan_linking(struct db_unit *unit, void *context, struct error *err)
{
    const struct linking *linking = context;

    (void)err;
    if (linking->user != NULL)
        account_plan_user(unit, linking->user);
    db_unit_require(unit, linking->insert, &linking->params, ERR_NOT_FOUND, CHANGED);
    db_unit_require(unit, &identity_sql_insert_credential, &linking->params, ERR_NOT_FOUND, CHANGED);
    return 0;
}

static int is_linked(struct db *db, void *context, struct error *err)
{
    const struct linking *linking = context;
    struct identity found;
    int result = find(linking->call, &linking->params, &found, err);

    (void)db;
    return result <= 0 ? result : id_equal(&found.account_id, &linking->params.identity.account_id);
}

/* Any row is good: that which somebody else has made is as true as ours. */
static int has_row(struct db *db, void *context, struct error *err)
{
    const struct linking *linking = context;
    struct identity found;

    (void)db;
    return find(linking->call, &linking->params, &found, err);
}

static int run(const struct linking *linking, int (*is_done)(struct db *, void *, struct error *), struct error *err)
{
    struct linking context = *linking;
    struct db_work work = {.plan = plan_linking, .is_done = is_done, .context = &context};

    return db_transaction(linking->call->db, linking->call->arena, &work, err);
}

/* Links an identity that had no row. Several workers may do so at once. */
static int link_first(struct linking *linking, struct identity *identity, struct error *err)
{
    struct error failure = {.kind = ERR_NONE};
    int found;

    linking->params = params_of(linking->call, identity);
    linking->params.identity.id = id_new(linking->call->now);
    linking->params.name_key = name_key(linking->call->arena, identity->subject);
    if (run(linking, has_row, &failure) < 0 && failure.kind != ERR_EXISTS) {
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

    if (account_prepare_user(call, user, &linking.user, &identity->account_id, err) < 0)
        return -1;
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

int identity_link(const struct call *call, const struct id *account_id, struct identity *identity, struct error *err)
{
    struct linking linking = {.call = call};
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
    if (run(&linking, is_linked, err) == 0)
        return 0;
    return err->kind == ERR_EXISTS ? error_set(err, ERR_NOT_FOUND, CHANGED) : -1;
}

static int plan_unlinking(struct db_unit *unit, void *context, struct error *err)
{
    const struct linking *linking = context;

    (void)err;
    db_unit_require(unit, &identity_sql_unlink, &linking->params, ERR_NOT_FOUND, CHANGED);
    db_unit_add(unit, &identity_sql_delete_credential, &linking->params);
    return 0;
}

static int is_unlinked(struct db *db, void *context, struct error *err)
{
    int linked = is_linked(db, context, err);

    return linked < 0 ? -1 : linked == 0;
}

int identity_unlink(const struct call *call, const struct id *account_id, struct identity *identity, struct error *err)
{
    struct linking linking = {.call = call};
    struct db_work work = {.plan = plan_unlinking, .is_done = is_unlinked, .context = &linking};
    int found = identity_find(call, identity, err);

    if (found < 0)
        return -1;
    if (found == 0 || !id_equal(&identity->account_id, account_id))
        return error_set(err, ERR_NOT_FOUND, "this identity is not linked to that user");
    linking.params = params_of(call, identity);
    return db_transaction(call->db, call->arena, &work, err);
}

int64_t identity_list(const struct call *call, const struct id *account_id, struct identity **out, struct error *err)
{
    struct identity_params params = {.identity.account_id = *account_id};

    return db_query_all(call->db, &identity_sql_list, &params, call->arena, (void **)out, err);
}
