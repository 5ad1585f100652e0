#include "idempotency_key.h"

#include "base/text.h"
#include "routes.h"

/* Structured fields (RFC 8941) put a string into quotes. */
static struct text without_quotes(struct text key)
{
    bool is_quoted = key.length >= 2 && key.data[0] == '"' && key.data[key.length - 1] == '"';

    return is_quoted ? (struct text){key.data + 1, key.length - 2} : key;
}

static bool is_good(struct text key)
{
    for (size_t i = 0; i < key.length; i++)
        if (key.data[i] <= ' ' || key.data[i] > '~')
            return false;
    return key.length >= 1 && key.length <= IDEMPOTENCY_KEY_LENGTH_MAX;
}

static void add_part(struct buf *out, const char *data, size_t length)
{
    buf_add(out, data, length);
    buf_add_char(out, '\0');
}

/* The digest of all that must be the same in a repetition. None of these parts but the last has a NUL in it. */
static struct digest digest_of_request(const struct exchange *exchange)
{
    CLEANUP(buf_release) struct buf parts;
    const char *query = http_request_variable(exchange->request, "QUERY_STRING");

    buf_init(&parts, SIZE_MAX);
    add_part(&parts, exchange->route->path, strlen(exchange->route->path));
    for (size_t i = 0; i < HTTP_PARAMETERS_MAX; i++)
        add_part(&parts, exchange->parameters[i].data, exchange->parameters[i].length);
    add_part(&parts, query == NULL ? "" : query, query == NULL ? 0 : strlen(query));
    buf_add(&parts, exchange->body.data, exchange->body.length);
    return digest_of(parts.data, parts.length);
}

int idempotency_key_read(struct exchange *exchange, struct error *err)
{
    const char *header = http_request_variable(exchange->request, "HTTP_IDEMPOTENCY_KEY");
    struct text key;

    if (header == NULL || exchange->request->method != HTTP_POST || !route_is_for_callers(exchange->route))
        return 0;
    key = without_quotes(text_of(header));
    if (!is_good(key))
        return error_set(err, ERR_BAD_HEADER, "Send an Idempotency-Key of 1 to %d visible ASCII characters.",
                         IDEMPOTENCY_KEY_LENGTH_MAX);
    exchange->idempotency = (struct idempotency){
        .key = digest_of(key.data, key.length),
        .request = digest_of_request(exchange),
        .context = exchange,
    };
    exchange->call.idempotency = &exchange->idempotency;
    return 0;
}
