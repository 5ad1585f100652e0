#include "client.h"

#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "client_sql.h"
#include "db/db_unit.h"
#include "domain/access/secret.h"
#include "web/url.h"

int client_find(const struct call *call, const struct id *id, struct client *out, struct error *err)
{
    struct client_params params = {.client.id = *id};

    return db_query_one(call->db, &client_sql_find, &params, call->arena, out, err);
}

bool client_has_secret(const struct client *client, struct text secret)
{
    struct digest digest = digest_of(secret.data, secret.length);

    return client->is_confidential && digest_equal(&digest, &client->secret);
}

/* Redirect URIs */

/* Finds the next of several URIs, which blanks separate. Returns false at the end. */
static bool next_uri(const char **at, struct text *out)
{
    *at += strspn(*at, " ");
    *out = (struct text){*at, strcspn(*at, " ")};
    *at += out->length;
    return out->length > 0;
}

/* Steps over "http://" and a loopback address with any port. `rest` gets what follows. Returns false for any other
 * URI. */
static bool skip_loopback(struct text uri, struct text *address, struct text *rest)
{
    static const struct text addresses[] = {TEXT("http://127.0.0.1"), TEXT("http://[::1]")};

    for (size_t i = 0; i < ARRAY_LENGTH(addresses); i++) {
        const char *end = uri.data + uri.length;
        const char *at = uri.data + addresses[i].length;

        if (uri.length < addresses[i].length || memcmp(uri.data, addresses[i].data, addresses[i].length) != 0)
            continue;
        if (at < end && *at == ':')
            for (at++; at < end && *at >= '0' && *at <= '9'; at++)
                ;
        if (at < end && *at != '/' && *at != '?')
            return false;
        *address = addresses[i];
        *rest = (struct text){at, (size_t)(end - at)};
        return true;
    }
    return false;
}

static bool matches(struct text registered, struct text uri)
{
    struct text addresses[2];
    struct text rests[2];

    if (text_equal(registered, uri))
        return true;
    return skip_loopback(registered, &addresses[0], &rests[0]) && skip_loopback(uri, &addresses[1], &rests[1]) &&
           text_equal(addresses[0], addresses[1]) && text_equal(rests[0], rests[1]);
}

bool client_may_redirect_to(const struct client *client, struct text uri)
{
    const char *at = client->redirect_uris.data;
    struct text registered;

    while (next_uri(&at, &registered))
        if (matches(registered, uri))
            return true;
    return false;
}

struct text client_only_redirect_uri(const struct client *client)
{
    const char *at = client->redirect_uris.data;
    struct text first;
    struct text second;

    if (!next_uri(&at, &first) || next_uri(&at, &second))
        return (struct text){NULL, 0};
    return first;
}

static bool is_visible_ascii(const char *uri)
{
    for (; *uri != '\0'; uri++)
        if (*uri <= ' ' || *uri >= 0x7f)
            return false;
    return true;
}

/* Returns the fault of the URI, or NULL. */
static const char *fault_of_uri(struct arena *arena, struct text uri)
{
    const char *string = arena_strndup(arena, uri.data, uri.length);
    const char *colon = strchr(string, ':');
    struct text address;
    struct text rest;

    if (uri.length > CLIENT_URI_BYTES_MAX || !is_visible_ascii(string))
        return "is too long or has characters that must be percent-encoded";
    if (strchr(string, '#') != NULL)
        return "has a fragment";
    if (strncmp(string, "http://", 7) == 0)
        return skip_loopback(uri, &address, &rest) ? NULL : "is http, which only 127.0.0.1 and [::1] may use";
    if (strncmp(string, "https://", 8) != 0)
        return colon != NULL && memchr(string, '.', (size_t)(colon - string)) != NULL
                   ? NULL
                   : "is neither https nor of a private scheme such as org.example.app:";
    if (memchr(string + 8, '@', strcspn(string + 8, "/?")) != NULL)
        return "has a user name in it";
    return url_judge(text_of(string)) == URL_GOOD ? NULL : "is not a URL";
}

/* Administration */

static int check_client(const struct call *call, struct text name, struct text uris, struct error *err)
{
    const char *at = uris.data;
    struct text uri;

    if (!text_is_utf8(name) || text_length(name) < 1 || text_length(name) > CLIENT_NAME_LENGTH_MAX ||
        text_has_control(name) || text_has_outer_space(name))
        return error_set(err, ERR_VALIDATION, "a client's name must have 1 to %d characters, and no control characters",
                         CLIENT_NAME_LENGTH_MAX);
    if (uris.length > CLIENT_URIS_BYTES_MAX)
        return error_set(err, ERR_VALIDATION, "there are too many redirect URIs");
    while (next_uri(&at, &uri)) {
        const char *fault = fault_of_uri(call->arena, uri);

        if (fault != NULL)
            return error_set(err, ERR_VALIDATION, "the redirect URI %.*s %s", uri.length > 200 ? 200 : (int)uri.length,
                             uri.data, fault);
    }
    return 0;
}

int client_create(const struct call *call, struct text name, struct text redirect_uris, bool is_confidential,
                  struct id *out, char secret[SECRET_TEXT_SIZE], struct error *err)
{
    struct client_params params = {
        .client = {.id = id_new(call->now), .redirect_uris = redirect_uris, .created = call->now},
    };

    if (check_client(call, name, redirect_uris, err) < 0)
        return -1;
    params.client.name = text_nfc(call->arena, name);
    params.name_key = text_fold(call->arena, name);
    secret[0] = '\0';
    if (is_confidential)
        params.client.secret = secret_make(SECRET_PREFIX_CLIENT, &params.client.id, secret);
    if (db_execute(call->db, is_confidential ? &client_sql_insert_confidential : &client_sql_insert_public, &params,
                   err) < 0)
        return err->kind == ERR_EXISTS
                   ? error_set(err, ERR_EXISTS, "a client named '%s' exists already", params.client.name.data)
                   : -1;
    *out = params.client.id;
    return 0;
}

int64_t client_list(const struct call *call, struct client **out, struct error *err)
{
    void *rows = NULL;
    int64_t count = db_query_all(call->db, &client_sql_list, NULL, call->arena, &rows, err);

    *out = rows;
    return count;
}

static int plan_deletion(struct db_unit *unit, void *context, struct error *err)
{
    (void)err;
    db_unit_require(unit, &client_sql_delete, context, ERR_NOT_FOUND, "there is no client with this id");
    db_unit_add(unit, &client_sql_delete_grants, context);
    return 0;
}

int client_delete(const struct call *call, const struct id *id, struct error *err)
{
    char text[ID_TEXT_SIZE];
    struct client_params params = {.client.id = *id};
    struct db_work work = {.plan = plan_deletion, .context = &params};

    id_format(id, text);
    params.id_text = text_of(text);
    return db_transaction(call->db, call->arena, &work, err);
}
