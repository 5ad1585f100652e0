#include "issuer_account.h"

#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/admin.h"
#include "issuer_sql.h"

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
static int find(struct db *db, struct arena *arena, const struct issuer_account_params *params, struct error *err)
{
    struct issuer_account_row row;

    return db_query_one(db, &issuer_sql_find, params, arena, &row, err);
}

/* Inserts the row, by one statement that several workers may run at once. */
struct insertion {
    struct arena *arena;
    const struct issuer_account_params *params;
    int64_t inserted;
};

static int insert(struct db *db, void *context, struct error *err)
{
    struct insertion *insertion = context;

    insertion->inserted = db_execute(db, &issuer_sql_insert, insertion->params, err);
    return insertion->inserted < 0 ? -1 : 0;
}

static int is_inserted(struct db *db, void *context, struct error *err)
{
    const struct insertion *insertion = context;

    return find(db, insertion->arena, insertion->params, err);
}

/* Returns 1 if the row exists now, 0 if there is no user of this name. */
static int link_user(struct db *db, struct arena *arena, const struct issuer_account_params *params, struct error *err)
{
    struct insertion insertion = {.arena = arena, .params = params};
    struct db_work work = {.run = insert, .is_done = is_inserted, .context = &insertion};

    if (db_transaction(db, &work, err) == 0)
        return insertion.inserted > 0;
    return err->kind == ERR_EXISTS ? 1 : -1; /* another worker was faster */
}

/* Creates the user. If somebody else has created it meanwhile, that is good too. */
static int create_user(const struct call *call, const struct issuer_settings *issuer,
                       const struct issuer_subject *subject, struct error *err)
{
    const struct admin_account user = {
        .name = subject->user,
        .email = subject->email,
        .organization_limit = ADMIN_NO_LIMIT,
    };
    struct id id;

    if (admin_user_create(call, &user, &id, err) == 0 || err->kind == ERR_EXISTS)
        return 0;
    if (err->kind == ERR_VALIDATION)
        log_warning("issuer %s: a user cannot be created: %s", issuer->url, err->message);
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
    int found = find(call->db, call->arena, &params, err);

    if (found == 0)
        found = link_user(call->db, call->arena, &params, err);
    if (found == 0 && strcmp(issuer->provision, "yes") == 0) {
        found = create_user(call, issuer, subject, err);
        if (found == 0)
            found = link_user(call->db, call->arena, &params, err);
    }
    if (found > 0)
        return 0;
    if (found < 0 && err->kind != ERR_VALIDATION)
        return -1;
    return error_set(err, ERR_UNAUTHORIZED, "The access token's user is nobody here.");
}
