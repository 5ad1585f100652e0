#include "issuer_account.h"

#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "db/db_unit.h"
#include "domain/accounts/account.h"
#include "issuer_account_sql.h"

struct id issuer_account_credential(const struct issuer_settings *issuer, struct text user, struct arena *arena)
{
    size_t issuer_size = strlen(issuer->url) + 1; /* its NUL separates the two */
    char *both = arena_alloc(arena, issuer_size + user.length);
    struct digest digest;
    struct id id;

    memcpy(both, issuer->url, issuer_size);
    memcpy(both + issuer_size, user.data, user.length);
    digest = digest_of(both, issuer_size + user.length);
    memcpy(id.bytes, digest.bytes, sizeof(id.bytes));
    id.bytes[6] = (uint8_t)(0x80 | (id.bytes[6] & 0x0f));
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
    return id;
}

/* Returns 1 if the row exists, 0 if not. */
static int find(const struct call *call, const struct issuer_account_params *params, struct error *err)
{
    struct issuer_account_row row;

    return db_query_one(call->db, &issuer_account_sql_find, params, call->arena, &row, err);
}

/* The insertion of the row. */
struct insertion {
    const struct call *call;
    const struct issuer_account_params *params;
};

static int plan_insertion(struct db_unit *unit, void *context, struct error *err)
{
    const struct insertion *insertion = context;

    (void)err;
    db_unit_require(unit, &issuer_account_sql_insert, insertion->params, ERR_NOT_FOUND, "There is no such user.");
    return 0;
}

static int is_inserted(struct db *db, void *context, struct error *err)
{
    const struct insertion *insertion = context;

    (void)db;
    return find(insertion->call, insertion->params, err);
}

/* Returns 1 if the row exists now, 0 if there is no user of this name. Several workers may insert it at once. */
static int link_user(const struct call *call, const struct issuer_account_params *params, struct error *err)
{
    struct db_work work = {
        .plan = plan_insertion, .is_done = is_inserted, .context = &(struct insertion){call, params}};

    if (db_transaction(call->db, call->arena, &work, err) == 0 || err->kind == ERR_EXISTS)
        return 1;
    return err->kind == ERR_NOT_FOUND ? 0 : -1;
}

/* Creates the user. If somebody else has created it meanwhile, that is good too. */
static int create_user(const struct call *call, const struct issuer_settings *issuer,
                       const struct issuer_subject *subject, struct error *err)
{
    const struct account user = {
        .name = subject->user,
        .email = subject->email,
        .organization_limit = ACCOUNT_DEFAULT_LIMIT,
    };
    struct id id;

    if (account_create_user(call, &user, &id, err) == 0 || err->kind == ERR_EXISTS)
        return 0;
    if (err->kind == ERR_VALIDATION)
        log_warning("issuer %s: cannot create a user: %s", issuer->url, err->message);
    return -1;
}

int issuer_account_ensure(const struct call *call, const struct issuer_settings *issuer,
                          const struct issuer_subject *subject, struct error *err)
{
    const struct issuer_account_params params = {
        .credential_id = issuer_account_credential(issuer, subject->user, call->arena),
        .name_key = text_fold(call->arena, subject->user),
        .now = call->now,
    };
    int found = find(call, &params, err);

    if (found == 0)
        found = link_user(call, &params, err);
    if (found == 0 && strcmp(issuer->provision, "yes") == 0) {
        found = create_user(call, issuer, subject, err);
        if (found == 0)
            found = link_user(call, &params, err);
    }
    if (found > 0)
        return 0;
    if (found < 0 && err->kind != ERR_VALIDATION)
        return -1;
    return error_set(err, ERR_UNAUTHORIZED, "The access token's user is unknown here.");
}
