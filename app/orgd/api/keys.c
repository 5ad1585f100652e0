#include "base/arena.h"
#include "base/memory.h"
#include "domain/accounts/key.h"
#include "http/handlers.h"
#include "http/resource.h"

/* Whose keys a path is about, and where they are, below the mount. */
struct place {
    struct key_owner owner;
    const char *path;
};

static const struct place own = {{.kind = KEY_OF_USER}, "/users/me/api_keys"};

static void add_tag(struct http_response *response, const struct key *key)
{
    char etag[KEY_ETAG_SIZE];

    key_etag(key, etag);
    http_response_header(response, "ETag", "%s", etag);
}

static void answer(struct exchange *exchange, const struct key *key)
{
    add_tag(exchange->response, key);
    key_write_json(&exchange->response->body, key, NULL);
}

static int list(struct exchange *exchange, const struct place *place, struct error *err)
{
    struct http_response *response = exchange->response;
    struct key_filter filter;
    struct page page;

    if (key_filter_from_query(&exchange->call, &exchange->request->query, &filter, err) < 0 ||
        key_list_page(&exchange->call, &place->owner, &filter, &response->body, &page, err) < 0)
        return -1;
    resource_add_page(exchange, key_list_fields, &filter, place->path, &page);
    return 0;
}

static int get(struct exchange *exchange, const struct place *place, const struct id *id, struct error *err)
{
    struct key key;

    if (faults_result(&exchange->service->faults, err) < 0 ||
        key_get(&exchange->call, &place->owner, id, &key, err) < 0)
        return -1;
    answer(exchange, &key);
    return 0;
}

/* An answer with a secret, and the same as it is kept for repetitions: without. */
struct secret_answer {
    const struct exchange *exchange;
    const struct place *place;
};

static void add_location(const struct secret_answer *context, struct http_response *out, const struct key *key)
{
    char id[ID_TEXT_SIZE];

    id_format(&key->id, id);
    http_response_header(out, "Content-Location", "%s%s/%s", context->exchange->service->config->public_url,
                         context->place->path, id);
}

static void keep_creation(const void *context, struct http_response *out, const void *result)
{
    const struct key *key = result;

    add_location(context, out, key);
    add_tag(out, key);
    key_write_json(&out->body, key, NULL);
}

static void keep_rotation(const void *context, struct http_response *out, const void *result)
{
    const struct key *key = result;

    (void)context;
    add_tag(out, key);
    key_write_json(&out->body, key, NULL);
}

static int create(struct exchange *exchange, const struct place *place, struct error *err)
{
    const struct secret_answer context = {exchange, place};
    char secret[SECRET_TEXT_SIZE];
    struct key_input input;
    struct key key;
    json_t *body;

    exchange->idempotency.answer = keep_creation;
    exchange->idempotency.context = &context;
    if (resource_read_body(exchange, &body, err) < 0 || key_input_for_create(&exchange->call, body, &input, err) < 0 ||
        key_create(&exchange->call, &place->owner, &input, &key, secret, err) < 0)
        return -1;
    add_location(&context, exchange->response, &key);
    add_tag(exchange->response, &key);
    key_write_json(&exchange->response->body, &key, secret);
    memory_wipe(secret, sizeof(secret));
    return 0;
}

static int rotate(struct exchange *exchange, const struct place *place, const struct id *id, struct error *err)
{
    struct precondition precondition = resource_precondition(exchange);
    char secret[SECRET_TEXT_SIZE] = "";
    struct key_input input;
    struct key key;
    json_t *body;

    exchange->idempotency.answer = keep_rotation;
    if (resource_read_body(exchange, &body, err) < 0 ||
        key_input_for_rotation(&exchange->call, body, &input, err) < 0 ||
        key_rotate(&exchange->call, &place->owner, id, &input, &precondition, secret, &key, err) < 0)
        return -1;
    add_tag(exchange->response, &key);
    key_write_json(&exchange->response->body, &key, secret);
    memory_wipe(secret, sizeof(secret));
    return 0;
}

static int update(struct exchange *exchange, const struct place *place, const struct id *id, struct error *err)
{
    struct precondition precondition = resource_precondition(exchange);
    struct key_input input;
    struct key key;
    json_t *body;

    if (resource_read_body(exchange, &body, err) < 0 || key_input_for_update(&exchange->call, body, &input, err) < 0 ||
        key_update(&exchange->call, &place->owner, id, &input, &precondition, &key, err) < 0)
        return -1;
    answer(exchange, &key);
    return 0;
}

static int delete (struct exchange *exchange, const struct place *place, const struct id *id, struct error *err)
{
    struct precondition precondition = resource_precondition(exchange);

    if (faults_result(&exchange->service->faults, err) < 0 ||
        key_delete(&exchange->call, &place->owner, id, &precondition, err) < 0)
        return -1;
    buf_add_literal(&exchange->response->body, "null");
    return 0;
}

/* Personal access tokens */

static struct id read_key_id(struct exchange *exchange, size_t parameter)
{
    struct id id = {{0}};

    resource_read_id(exchange, parameter, "key_id", &id);
    return id;
}

int handle_list_own_keys(struct exchange *exchange, struct error *err)
{
    return list(exchange, &own, err);
}

int handle_create_own_key(struct exchange *exchange, struct error *err)
{
    return create(exchange, &own, err);
}

int handle_get_own_key(struct exchange *exchange, struct error *err)
{
    struct id id = read_key_id(exchange, 0);

    return get(exchange, &own, &id, err);
}

int handle_update_own_key(struct exchange *exchange, struct error *err)
{
    struct id id = read_key_id(exchange, 0);

    return update(exchange, &own, &id, err);
}

int handle_delete_own_key(struct exchange *exchange, struct error *err)
{
    struct id id = read_key_id(exchange, 0);

    return delete (exchange, &own, &id, err);
}

int handle_rotate_own_key(struct exchange *exchange, struct error *err)
{
    struct id id = read_key_id(exchange, 0);

    return rotate(exchange, &own, &id, err);
}

/* API keys of service accounts */

/* A username may hold whatever a path may not. */
static struct place read_place(struct exchange *exchange)
{
    struct place place = {.owner = {.kind = KEY_OF_SERVICE, .service_account = exchange->parameters[1]}};
    struct arena *arena = exchange->call.arena;
    CLEANUP(buf_release) struct buf name;
    char id[ID_TEXT_SIZE];

    resource_read_id(exchange, 0, "organization_id", &place.owner.organization_id);
    id_format(&place.owner.organization_id, id);
    buf_init(&name, SIZE_MAX);
    urlencoded_add(&name, place.owner.service_account);
    place.path = arena_printf(arena, "/organizations/%s/service_accounts/%s/api_keys", id,
                              arena_strndup(arena, name.length == 0 ? "" : name.data, name.length));
    return place;
}

int handle_list_keys(struct exchange *exchange, struct error *err)
{
    struct place place = read_place(exchange);

    return list(exchange, &place, err);
}

int handle_create_key(struct exchange *exchange, struct error *err)
{
    struct place place = read_place(exchange);

    return create(exchange, &place, err);
}

int handle_get_key(struct exchange *exchange, struct error *err)
{
    struct place place = read_place(exchange);
    struct id id = read_key_id(exchange, 2);

    return get(exchange, &place, &id, err);
}

int handle_update_key(struct exchange *exchange, struct error *err)
{
    struct place place = read_place(exchange);
    struct id id = read_key_id(exchange, 2);

    return update(exchange, &place, &id, err);
}

int handle_delete_key(struct exchange *exchange, struct error *err)
{
    struct place place = read_place(exchange);
    struct id id = read_key_id(exchange, 2);

    return delete (exchange, &place, &id, err);
}

int handle_rotate_key(struct exchange *exchange, struct error *err)
{
    struct place place = read_place(exchange);
    struct id id = read_key_id(exchange, 2);

    return rotate(exchange, &place, &id, err);
}
