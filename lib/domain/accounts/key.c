#include "key.h"

#include <assert.h>
#include <string.h>

#include "account_sql.h"
#include "base/text.h"
#include "domain/access/access.h"
#include "domain/name.h"
#include "key_private.h"

const struct key_kind_names key_kinds[] = {
#define ACTIONS(type)                                                                                                  \
    type ".created", type ".updated", type ".rotated", type ".activated", type ".deactivated", type ".deleted"
    [KEY_OF_SERVICE] = {TEXT("api_key"), SECRET_PREFIX_API_KEY, "key", "There is no key with this id.",
                        ACTIONS("api_key")},
    [KEY_OF_USER] = {TEXT("personal_token"), SECRET_PREFIX_PERSONAL_TOKEN, "token",
                     "There is no personal access token with this id.", ACTIONS("personal_token")},
#undef ACTIONS
};

/* Who asks */

/* A token of another issuer may have less power than its account: it makes nothing that has all of it. */
static int judge_own(const struct call *call, const struct key_row *row, enum key_action action, struct principal *out,
                     struct error *err)
{
    if (access_accept(call, row == NULL ? NULL : &row->caller, out, err) < 0)
        return -1;
    assert(row != NULL);
    if (row->account.is_service)
        return error_set(err, ERR_FORBIDDEN,
                         "Only people have personal access tokens; the keys of a service account belong to its "
                         "organization.");
    if ((action == KEY_CREATE || action == KEY_OPEN) && row->holder_is_superuser && !out->is_superuser)
        return error_set(err, ERR_FORBIDDEN, "This credential may not act as a superuser, and a token of yours would.");
    return 0;
}

static int judge_operator(const struct key_owner *owner, const struct key_row *row, struct principal *out,
                          struct error *err)
{
    *out = (struct principal){.is_superuser = true};
    if (row != NULL)
        return 0;
    return error_set(err, ERR_NOT_FOUND, "%s",
                     id_is_nil(&owner->account_id) ? key_kinds[owner->kind].unknown : ACCOUNT_GONE);
}

/* A secret lets do whatever the service account may do, and to take one away takes that. */
static int judge_in_organization(const struct call *call, const struct key_row *row, enum key_action action,
                                 struct principal *out, struct error *err)
{
    static const enum permission permissions[] = {
        [KEY_READ] = PERMISSION_SERVICE_ACCOUNT_READ,     [KEY_CREATE] = PERMISSION_SERVICE_ACCOUNT_CREATE,
        [KEY_UPDATE] = PERMISSION_SERVICE_ACCOUNT_UPDATE, [KEY_OPEN] = PERMISSION_SERVICE_ACCOUNT_UPDATE,
        [KEY_DELETE] = PERMISSION_SERVICE_ACCOUNT_DELETE,
    };
    struct access access;

    if (access_judge(call, row == NULL ? NULL : &row->access, permissions[action], &access, err) < 0)
        return -1;
    assert(row != NULL);
    *out = access.principal;
    if (id_is_nil(&row->account.id))
        return error_set(err, ERR_NOT_FOUND, "There is no such service account in this organization.");
    return action == KEY_READ ? 0 : access_demand(&access, row->mask, err);
}

static int judge(const struct call *call, const struct key_owner *owner, const struct key_row *row,
                 enum key_action action, struct principal *out, struct error *err)
{
    if (access_is_operator(call))
        return judge_operator(owner, row, out, err);
    return key_is_in_organization(owner) ? judge_in_organization(call, row, action, out, err)
                                         : judge_own(call, row, action, out, err);
}

bool key_is_in_organization(const struct key_owner *owner)
{
    return !id_is_nil(&owner->organization_id);
}

int key_see(const struct call *call, const struct key_owner *owner, const struct key_params *params,
            enum key_action action, struct key_row *out, struct principal *principal, struct error *err)
{
    const struct db_statement *const *statements =
        key_is_in_organization(owner) ? key_sql_see_in_organization : key_sql_see_own;
    const struct db_statement *statement =
        access_is_operator(call) ? &key_sql_see_as_operator : caller_statement(statements, &params->caller);
    int found = db_query_one(call->db, statement, params, call->arena, out, err);

    if (found < 0 || judge(call, owner, found > 0 ? out : NULL, action, principal, err) < 0)
        return -1;
    if (!id_is_nil(&params->key.id) && id_is_nil(&out->key.id))
        return error_set(err, ERR_NOT_FOUND, "%s", key_kinds[owner->kind].unknown);
    return 0;
}

/* Reading */

struct key_params key_params_of(const struct call *call, const struct key_owner *owner, const struct id *id)
{
    struct key_params params = {
        .caller = call->caller.credential,
        .account_id = owner->account_id,
        .organization_id = owner->organization_id,
        .kind = key_kinds[owner->kind].name,
        .key.id = *id,
        .now = call->now,
    };

    if (key_is_in_organization(owner) && !id_parse(owner->service_account, &params.account_id))
        params.name_key = name_key(call->arena, owner->service_account);
    return params;
}

int key_get(const struct call *call, const struct key_owner *owner, const struct id *id, struct key *out,
            struct error *err)
{
    struct key_params params = key_params_of(call, owner, id);
    struct principal principal;
    struct key_row row;

    if (key_see(call, owner, &params, KEY_READ, &row, &principal, err) < 0)
        return -1;
    *out = row.key;
    return 0;
}

int key_check_life(const struct call *call, const struct key *key, struct error *err)
{
    if (key->expires.us != 0 && key->expires.us <= call->now.us)
        return error_set(err, ERR_FORBIDDEN, "It has expired; make another one.");
    return 0;
}

int key_new_secret(const struct call *call, const struct key_owner *owner, const struct id *id,
                   char secret[SECRET_TEXT_SIZE], struct error *err)
{
    struct key key;

    if (key_get(call, owner, id, &key, err) < 0 || key_check_life(call, &key, err) < 0)
        return -1;
    secret_make(key_kinds[owner->kind].prefix, id, secret);
    return 0;
}

/* Lists */

static int64_t list(const struct call *call, const struct db_statement *statement, const struct key_params *params,
                    struct key_row **out, struct error *err)
{
    void *rows = NULL;
    int64_t count = db_query_all(call->db, statement, params, call->arena, &rows, err);

    *out = rows;
    return count;
}

int64_t key_list(const struct call *call, const struct id *account_id, struct key **out, struct error *err)
{
    struct key_params params = {.account_id = *account_id};
    struct key_row *rows;
    int64_t count = list(call, &key_sql_list, &params, &rows, err);

    *out = count > 0 ? arena_alloc(call->arena, (size_t)count * sizeof(**out)) : NULL;
    for (int64_t i = 0; i < count; i++)
        (*out)[i] = rows[i].key;
    return count;
}

/* The ids of keys grow with their creation. */
static void write_page(const struct key_row *rows, int64_t count, const struct key_filter *filter, struct buf *out,
                       struct page *page)
{
    int64_t skipped = 0;

    *page = PAGE_EMPTY;
    if (filter->include_total)
        page->total = count;
    buf_add_char(out, '[');
    for (int64_t i = 0; i < count && !page->has_more; i++) {
        const struct key *key = &rows[i].key;

        if (memcmp(&key->id, &filter->after, sizeof(key->id)) <= 0 || skipped++ < filter->offset)
            continue;
        if ((int64_t)page->count == filter->limit) {
            page->has_more = true;
            continue;
        }
        if (page->count++ > 0)
            buf_add_char(out, ',');
        key_write_json(out, key, NULL);
        page->last = key->id;
    }
    buf_add_char(out, ']');
}

int key_list_page(const struct call *call, const struct key_owner *owner, const struct key_filter *filter,
                  struct buf *out, struct page *page, struct error *err)
{
    static const struct id none;
    struct key_params params = key_params_of(call, owner, &none);
    struct principal principal;
    const struct db_statement *const *statements =
        key_is_in_organization(owner) ? key_sql_list_in_organization : key_sql_list_own;
    struct key_row *rows;
    int64_t count = list(call, caller_statement(statements, &params.caller), &params, &rows, err);

    if (count < 0 || judge(call, owner, count == 0 ? NULL : &rows[0], KEY_READ, &principal, err) < 0)
        return -1;
    /* An owner without keys is one row, which has none. */
    write_page(rows, id_is_nil(&rows[0].key.id) ? 0 : count, filter, out, page);
    return 0;
}
