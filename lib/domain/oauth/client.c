#include "client.h"

#include <ctype.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "client_sql.h"
#include "domain/access/secret.h"
#include "domain/events/event.h"
#include "domain/name.h"
#include "web/url.h"

int client_find(const struct call *call, const struct id *id, struct client *out, struct error *err)
{
    struct client_params params = {.client.id = *id};

    return db_query_one(call->db, &client_sql_find, &params, call->arena, out, err);
}

int client_is_named_in(const struct call *call, struct text claimed, struct error *err)
{
    struct client_params params = {.claimed_name = name_key(call->arena, claimed)};
    struct client_number_row row;

    return db_query_one(call->db, &client_sql_find_named_in, &params, call->arena, &row, err);
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

/* Steps over "http://" and a loopback address, or its name, with any port. `rest` gets what follows. Returns false for
 * any other URI. */
static bool skip_loopback(struct text uri, struct text *address, struct text *rest)
{
    static const struct text addresses[] = {TEXT("http://127.0.0.1"), TEXT("http://[::1]"), TEXT("http://localhost")};

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

/* True if there is nothing in it but what RFC 3986, 2 allows. */
static bool is_uri_text(const char *uri)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=";

    for (; *uri != '\0'; uri++) {
        if (*uri == '%' && isxdigit((unsigned char)uri[1]) && isxdigit((unsigned char)uri[2]))
            uri += 2;
        else if (strchr(allowed, *uri) == NULL)
            return false;
    }
    return true;
}

/* True if the scheme is one that browsers know, also with dots and the like put between its letters: what cleans up
 * addresses on their way may take those out. */
static bool is_known_scheme(const char *scheme, size_t length)
{
    static const char *const known[] = {"about",  "blob",     "data",       "file",   "filesystem",
                                        "ftp",    "http",     "https",      "intent", "javascript",
                                        "mailto", "vbscript", "viewsource", "ws",     "wss"};
    char letters[32] = {0};
    size_t count = 0;

    for (size_t i = 0; i < length && count < sizeof(letters) - 1; i++)
        if (isalpha((unsigned char)scheme[i]))
            letters[count++] = (char)tolower((unsigned char)scheme[i]);
    for (size_t i = 0; i < ARRAY_LENGTH(known); i++)
        if (strcmp(letters, known[i]) == 0)
            return true;
    return false;
}

/* True for "org.example.app:" and what follows it: a domain's name the other way round (RFC 8252, 7.1; RFC 3986, 3.1).
 */
static bool has_private_scheme(const char *uri)
{
    size_t length = strspn(uri, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");
    const char *dot = memchr(uri, '.', length);

    return uri[length] == ':' && isalpha((unsigned char)uri[0]) && dot != NULL && dot + 1 < uri + length &&
           uri[length - 1] != '.' && !is_known_scheme(uri, length);
}

/* True if it names the own machine by a name, which a resolver may lead elsewhere (RFC 8252, 8.3). */
static bool is_localhost(struct text uri)
{
    return uri.length >= 16 && memcmp(uri.data, "http://localhost", 16) == 0;
}

static const char *fault_of_http(struct text uri, bool is_confidential)
{
    struct text address;
    struct text rest;

    if (!skip_loopback(uri, &address, &rest) || (is_localhost(uri) && is_confidential))
        return "is http, which only 127.0.0.1, [::1] and, for a public client, localhost may use";
    return NULL;
}

static const char *fault_of_https(const char *uri)
{
    if (memchr(uri + 8, '@', strcspn(uri + 8, "/?")) != NULL)
        return "has a user name in it";
    return url_judge(text_of(uri)) == URL_GOOD ? NULL : "is not a URL";
}

/* Returns the fault of the URI, or NULL. */
static const char *fault_of_uri(struct arena *arena, struct text uri, bool is_confidential)
{
    const char *string = arena_strndup(arena, uri.data, uri.length);

    if (uri.length > CLIENT_URI_BYTES_MAX || !is_uri_text(string))
        return "is too long or has characters that must be percent-encoded";
    if (strchr(string, '#') != NULL)
        return "has a fragment";
    if (strncmp(string, "http://", 7) == 0)
        return fault_of_http(uri, is_confidential);
    if (strncmp(string, "https://", 8) == 0)
        return fault_of_https(string);
    return has_private_scheme(string) ? NULL : "is neither https nor of a private scheme such as org.example.app:";
}

/* Administration */

static int check_redirect_uris(const struct call *call, const struct client *client, struct error *err)
{
    const char *at = client->redirect_uris.data;
    struct text uri;

    if (client->redirect_uris.length > CLIENT_URIS_BYTES_MAX)
        return error_set(err, ERR_VALIDATION, "there are too many redirect URIs");
    while (next_uri(&at, &uri)) {
        const char *fault = fault_of_uri(call->arena, uri, client->is_confidential);

        if (fault != NULL)
            return error_set(err, ERR_VALIDATION, "the redirect URI %.*s %s", uri.length > 200 ? 200 : (int)uri.length,
                             uri.data, fault);
    }
    return 0;
}

static bool has_redirect_uri(const struct client *client)
{
    const char *at = client->redirect_uris.data;
    struct text uri;

    return next_uri(&at, &uri);
}

static int check_resource_server(const struct client *client, struct error *err)
{
    if (!client->is_resource_server || (!has_redirect_uri(client) && !client->has_device_grant && !client->is_trusted))
        return 0;
    return error_set(err, ERR_VALIDATION,
                     "a resource server asks about tokens and gets none: leave out redirect URIs, device and trusted");
}

struct change {
    const struct call *call;
    struct client_params params;
};

/* Clients are the service's. `before` is NULL of what is created, `after` of what is deleted. */
static void record(struct db_unit *unit, const struct call *call, const char *action, const struct client *before,
                   const struct client *after)
{
    static const struct client nothing;
    const struct client *client = after == NULL ? before : after;
    const struct client *from = before == NULL ? &nothing : before;
    const struct client *to = after == NULL ? &nothing : after;
    struct event event = {.action = action, .actor = event_operator(call)};

    event_target(&event, "client", &client->id, client->name);
    event_changed_text(&event, call, "name", from->name, to->name);
    event_changed_text(&event, call, "redirect_uris", from->redirect_uris, to->redirect_uris);
#define COMPARE(field)                                                                                                 \
    event_changed_bool(&event, #field, before == NULL ? NULL : &before->field, after == NULL ? NULL : &after->field)
    COMPARE(is_confidential);
    COMPARE(has_device_grant);
    COMPARE(is_trusted);
    COMPARE(is_resource_server);
#undef COMPARE
    event_add(unit, call, &event);
}

static int plan_creation(struct db_unit *unit, void *context, struct error *err)
{
    const struct change *change = context;
    const struct client *client = &change->params.client;

    (void)err;
    db_unit_add(unit, client->is_confidential ? &client_sql_insert_confidential : &client_sql_insert_public,
                &change->params);
    record(unit, change->call, "client.created", NULL, client);
    return 0;
}

static int insert(const struct change *change, struct error *err)
{
    struct change creation = *change;
    struct db_work work = {.plan = plan_creation, .context = &creation};

    if (event_transaction(change->call, &work, err) == 0)
        return 0;
    return err->kind != ERR_EXISTS
               ? -1
               : error_set(err, ERR_EXISTS, "a client named '%s' exists already", change->params.client.name.data);
}

int client_create(const struct call *call, const struct client *wanted, struct id *out, char secret[SECRET_TEXT_SIZE],
                  struct error *err)
{
    struct change creation = {.call = call, .params.client = *wanted};
    struct client *client = &creation.params.client;
    struct name name;

    if (name_accept(call->arena, wanted->name, CLIENT_NAME_LENGTH_MAX, &name, err) < 0 ||
        check_redirect_uris(call, wanted, err) < 0 || check_resource_server(wanted, err) < 0)
        return -1;
    client->id = *out = id_new(call->now);
    client->created = call->now;
    client->name = name.text;
    creation.params.name_key = name.key;
    client->is_confidential |= client->is_resource_server;
    client->has_device_grant |= !client->is_resource_server && !has_redirect_uri(client);
    if (!has_redirect_uri(client))
        client->redirect_uris = TEXT("");
    secret[0] = '\0';
    if (client->is_confidential)
        client->secret = secret_make(SECRET_PREFIX_CLIENT, &client->id, secret);
    return insert(&creation, err);
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
    const struct change *change = context;
    const struct call *call = change->call;
    struct client before;
    int found = db_query_one(call->db, &client_sql_lock, &change->params, call->arena, &before, err);

    if (found <= 0)
        return found < 0 ? -1 : error_set(err, ERR_NOT_FOUND, "there is no client with this id");
    db_unit_add(unit, &client_sql_end, &change->params);
    record(unit, call, "client.deleted", &before, NULL);
    return 0;
}

int client_delete(const struct call *call, const struct id *id, struct error *err)
{
    struct change deletion = {.call = call, .params = {.client.id = *id, .now = call->now}};
    struct db_work work = {.plan = plan_deletion, .locks = true, .context = &deletion};

    return event_transaction(call, &work, err);
}
