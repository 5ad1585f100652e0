#include "oauth_request.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "base/jsonw.h"
#include "base/text.h"

#define BASIC_BYTES_MAX 1024

static bool is_text(struct text value)
{
    return text_is_utf8(value) && memchr(value.data, '\0', value.length) == NULL;
}

struct text oauth_parameter(const struct urlencoded *parameters, const char *name)
{
    struct text value = urlencoded_find(parameters, name, NULL);

    return value.length == 0 || !is_text(value) ? (struct text){NULL, 0} : value;
}

const char *oauth_fault_of(const struct urlencoded *parameters)
{
    if (parameters->has_too_many)
        return "There are too many parameters.";
    for (size_t i = 0; i < parameters->count; i++) {
        if (!is_text(parameters->pairs[i].value))
            return "A parameter is no text in UTF-8.";
        for (size_t k = 0; k < i; k++)
            if (text_equal(parameters->pairs[i].name, parameters->pairs[k].name))
                return "A parameter is there more than once.";
    }
    return NULL;
}

bool oauth_is_sound(const struct urlencoded *parameters, const char *name)
{
    size_t count;
    struct text value = urlencoded_find(parameters, name, &count);

    return count == 0 || (count == 1 && is_text(value));
}

const char *oauth_encode(struct arena *arena, const struct urlencoded *parameters)
{
    struct buf query;
    const char *result;

    buf_init(&query, (size_t)64 * 1024);
    for (size_t i = 0; i < parameters->count; i++) {
        if (i > 0)
            buf_add_char(&query, '&');
        urlencoded_add(&query, parameters->pairs[i].name);
        buf_add_char(&query, '=');
        urlencoded_add(&query, parameters->pairs[i].value);
    }
    result = arena_strndup(arena, query.length == 0 ? "" : query.data, query.length);
    buf_release(&query);
    return result;
}

static const char *read_form(const struct exchange *exchange, struct urlencoded *out)
{
    if (exchange->request->query.count > 0)
        return "Parameters belong into the body here, not into the URL, where logs would keep them.";
    *out = urlencoded_parse(exchange->service->arena, exchange->body);
    return oauth_fault_of(out);
}

int oauth_refuse(struct exchange *exchange, int status, const char *code, const char *sentence)
{
    struct http_response *response = exchange->response;

    response->status = status;
    buf_add_char(&response->body, '{');
    jsonw_key(&response->body, "error");
    jsonw_string(&response->body, code);
    jsonw_key(&response->body, "error_description");
    jsonw_string(&response->body, sentence);
    buf_add_literal(&response->body, ",\"detail\":[");
    jsonw_string(&response->body, status == 401 ? error_name(ERR_UNAUTHORIZED) : error_name(ERR_VALIDATION));
    buf_add_char(&response->body, ',');
    jsonw_string(&response->body, sentence);
    buf_add_literal(&response->body, "]}");
    http_response_header(response, "Pragma", "no-cache");
    return 0;
}

/* "Basic" and base64 of the form-encoded id and secret. False if it is malformed. */
static bool read_basic(struct arena *arena, const char *encoded, struct oauth_claim *out)
{
    size_t length = strlen(encoded);
    unsigned char *decoded = arena_alloc(arena, length + 4);
    const char *start = (const char *)decoded;
    const char *colon;
    int decoded_length;

    if (length > BASIC_BYTES_MAX)
        return false;
    decoded_length = EVP_DecodeBlock(decoded, (const unsigned char *)encoded, (int)length);
    if (decoded_length < 0)
        return false;
    for (size_t i = length; i > 0 && encoded[i - 1] == '=' && decoded_length > 0; i--)
        decoded_length--; /* EVP_DecodeBlock() counts the padding as zeros */
    colon = memchr(start, ':', (size_t)decoded_length);
    if (colon == NULL)
        return false;
    out->id = urlencoded_decode(arena, (struct text){start, (size_t)(colon - start)}, true);
    out->secret =
        urlencoded_decode(arena, (struct text){colon + 1, (size_t)(start + decoded_length - colon - 1)}, true);
    return true;
}

static const char *read_claim(const struct exchange *exchange, const struct urlencoded *form, struct oauth_claim *out)
{
    const char *authorization = http_request_authorization(exchange->request);
    struct text form_id = oauth_parameter(form, "client_id");

    *out = (struct oauth_claim){.id = form_id, .secret = oauth_parameter(form, "client_secret")};
    if (authorization == NULL || strncasecmp(authorization, "Basic ", 6) != 0)
        return NULL;
    out->uses_basic = true;
    if (out->secret.data != NULL)
        return "The client's secret is there in the Authorization header and in the form; send one of them.";
    if (!read_basic(exchange->service->arena, authorization + 6 + strspn(authorization + 6, " "), out))
        return "The Authorization header is malformed.";
    if (form_id.data != NULL && !text_equal(form_id, out->id))
        return "The client_id of the form is not that of the Authorization header.";
    return NULL;
}

const char *oauth_read_request(const struct exchange *exchange, struct urlencoded *form, struct oauth_claim *claim)
{
    const char *fault = read_form(exchange, form);

    return fault != NULL ? fault : read_claim(exchange, form, claim);
}

int oauth_refuse_client(struct exchange *exchange, const struct oauth_claim *claim)
{
    http_response_header(exchange->response, "WWW-Authenticate", "%s realm=\"orgd\"",
                         claim->uses_basic ? "Basic" : "Bearer");
    return oauth_refuse(exchange, 401, "invalid_client",
                        "The client is unknown, its secret is wrong, or it is not active.");
}

int oauth_find_client(struct exchange *exchange, const struct oauth_claim *claim, struct client *out, struct error *err)
{
    struct id id;
    int found;

    if (claim->id.data == NULL || !id_parse(claim->id, &id))
        return 0;
    found = client_find(&exchange->call, &id, out, err);
    if (found <= 0)
        return found;
    if (!out->is_confidential)
        return claim->secret.length == 0;
    return claim->secret.data != NULL && client_has_secret(out, claim->secret);
}

int oauth_find_device_client(struct exchange *exchange, const struct oauth_claim *claim, struct text *id,
                             struct error *err)
{
    struct service *service = exchange->service;
    char text[ID_TEXT_SIZE];
    struct client client;
    struct id parsed;
    int found;

    if (claim->id.data == NULL || !id_parse(claim->id, &parsed))
        return 0;
    id_format(&parsed, text);
    *id = text_of(arena_strndup(service->arena, text, ID_TEXT_SIZE - 1));
    found = client_find(&exchange->call, &parsed, &client, err);
    if (found != 0)
        return found < 0 ? -1 : oauth_find_client(exchange, claim, &client, err);
    return strcmp(service->config->device_clients, "any") == 0 && claim->secret.length == 0;
}
