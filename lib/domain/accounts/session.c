#include "session.h"

#include "base/digest.h"
#include "base/text.h"
#include "db/db_unit.h"
#include "domain/access/caller.h"
#include "domain/access/purge.h"
#include "domain/access/secret.h"
#include "domain/access/throttle.h"
#include "password.h"
#include "session_sql.h"

static struct text key_of_username(const struct call *call, struct text username)
{
    return username.length <= SESSION_USERNAME_BYTES_MAX && text_is_utf8(username) ? text_fold(call->arena, username)
                                                                                   : TEXT("");
}

/* Counts the attempt twice: for the address, and for the user. */
static int take_attempt(const struct call *call, struct text name_key, struct text address, struct timestamp *previous,
                        struct error *err)
{
    struct timestamp ignored;

    return throttle_take(call, THROTTLE_SIGN_IN_ADDRESS, address, previous, err) < 0
               ? -1
               : throttle_take(call, THROTTLE_USER, name_key, &ignored, err);
}

static int find_person(const struct call *call, struct text name_key, struct session_person_row *out, struct error *err)
{
    struct session_params params = {.name_key = name_key};

    *out = (struct session_person_row){.is_active = false};
    return db_query_one(call->db, &session_sql_person, &params, call->arena, out, err) < 0 ? -1 : 0;
}

static int upgrade_hash(const struct call *call, const struct session_person_row *person, struct text password,
                        struct error *err)
{
    struct session_params params = {
        .account_id = person->account_id,
        .hash = password_hash(call->arena, password),
        .old_hash = person->hash,
    };

    return db_execute(call->db, &session_sql_upgrade_hash, &params, err) < 0 ? -1 : 0;
}

static int insert_session(const struct call *call, const struct id *account_id, char cookie[SECRET_TEXT_SIZE],
                          struct error *err)
{
    struct session_params params = {
        .id = id_new(call->now),
        .account_id = *account_id,
        .now = call->now,
        .expires.us = call->now.us + call->config->session_lifetime * US_PER_S,
    };

    params.secret = secret_make(SECRET_PREFIX_SESSION, &params.id, cookie);
    return caller_insert_credential(call->db, &session_sql_insert, &params, err);
}

int session_open(const struct call *call, const struct sign_in *sign_in, char cookie[SECRET_TEXT_SIZE],
                 struct error *err)
{
    struct text name_key = key_of_username(call, sign_in->username);
    struct text address = throttle_address(call->arena, sign_in->address);
    struct session_person_row person;
    struct timestamp previous;

    if (take_attempt(call, name_key, address, &previous, err) < 0)
        return -1;
    purge_now_and_then(call);
    if (find_person(call, name_key, &person, err) < 0)
        return -1;
    if (!password_verify(call->arena, sign_in->password, person.hash) || !person.is_active)
        return error_set(err, ERR_FORBIDDEN, N_("The user name or the password is wrong."));
    /* The session comes last: if anything fails, nobody is signed in. */
    if ((password_hash_is_outdated(person.hash) && upgrade_hash(call, &person, sign_in->password, err) < 0) ||
        throttle_forgive(call, THROTTLE_USER, name_key, err) < 0 ||
        throttle_give_back(call, THROTTLE_SIGN_IN_ADDRESS, address, previous, err) < 0)
        return -1;
    return insert_session(call, &person.account_id, cookie, err);
}

int session_find(const struct call *call, struct text cookie, struct session *out, struct error *err)
{
    struct session_params params = {.now = call->now};
    struct session_row row;
    struct digest digest;
    int found;

    if (!secret_read(cookie, SECRET_PREFIX_SESSION, &params.id, &digest))
        return 0;
    found = db_query_one(call->db, &session_sql_find, &params, call->arena, &row, err);
    if (found <= 0 || !digest_equal(&digest, &row.secret))
        return found < 0 ? -1 : 0;
    *out = (struct session){.id = row.id, .account_id = row.account_id, .username = row.username};
    return 1;
}

static int plan_close(struct db_unit *unit, void *context, struct error *err)
{
    (void)err;
    db_unit_add(unit, &session_sql_delete_grants, context);
    db_unit_add(unit, &session_sql_delete, context);
    return 0;
}

int session_close(const struct call *call, const struct id *id, struct error *err)
{
    struct session_params params = {.id = *id};
    struct db_work work = {.plan = plan_close, .is_repeatable = true, .context = &params};

    return db_transaction(call->db, call->arena, &work, err);
}

static int plan_set_password(struct db_unit *unit, void *context, struct error *err)
{
    (void)err;
    db_unit_add(unit, &session_sql_set_hash, context);
    db_unit_add(unit, &session_sql_end_all, context);
    return 0;
}

int session_set_password(const struct call *call, const struct id *account_id, struct text hash, struct error *err)
{
    struct session_params params = {.account_id = *account_id, .hash = hash, .now = call->now};
    struct db_work work = {.plan = plan_set_password, .is_repeatable = true, .context = &params};

    return db_transaction(call->db, call->arena, &work, err);
}
