#include "base/jsonw.h"
#include "base/text.h"
#include "client_auth.h"
#include "domain/access/throttle.h"
#include "domain/oauth/device.h"
#include "http/handlers.h"
#include "web/parameters.h"

#define USER_AGENT_CHARACTERS_MAX 200
#define ADDRESS_CHARACTERS_MAX 64
#define PATH "/auth/device"

/* The client's side of the device grant (RFC 8628, 3.1) */

/* Returns a variable if it is text. The person sees it and recognizes the device. */
static struct text readable(const struct exchange *exchange, const char *name, size_t most, struct text otherwise)
{
    const char *value = http_request_variable(exchange->request, name);
    struct text text = text_of(value == NULL ? "" : value);

    return text_is_utf8(text) && !text_has_control(text) && text_length(text) <= most ? text : otherwise;
}

static void answer_started(struct exchange *exchange, const struct device_codes *codes)
{
    const char *issuer = exchange->service->terms.issuer;
    struct buf *out = &exchange->response->body;

    buf_add_char(out, '{');
    jsonw_key(out, "device_code");
    jsonw_string(out, codes->device_code);
    jsonw_key(out, "user_code");
    jsonw_string(out, codes->user_code);
    jsonw_key(out, "verification_uri");
    buf_printf(out, "\"%s" PATH "\"", issuer);
    jsonw_key(out, "verification_uri_complete");
    buf_printf(out, "\"%s" PATH "?user_code=%s\"", issuer, codes->user_code);
    jsonw_key(out, "expires_in");
    buf_add_int(out, DEVICE_LIFETIME_S);
    jsonw_key(out, "interval");
    buf_add_int(out, codes->interval_s);
    buf_add_char(out, '}');
}

static int read_request(struct exchange *exchange, struct device_request *out, struct error *err)
{
    struct client_auth auth;
    struct grantee grantee;
    struct text device;

    if (client_auth_read(exchange, &auth, err) < 0)
        return -1;
    device = parameters_find(&auth.form, "device_id");
    if (device.data != NULL && !id_parse(device, &out->device))
        return error_set(err, ERR_INVALID_REQUEST, "The parameter device_id must be a UUID.");
    if (auth.id.data == NULL)
        return error_set(err, ERR_INVALID_REQUEST, "The parameter client_id is missing.");
    if (client_auth_require_device(&auth, &grantee, err) < 0)
        return -1;
    out->client = grantee.id;
    return 0;
}

/* Anybody may ask for a code, and each is a row. */
static int take_start(const struct exchange *exchange, struct error *err)
{
    struct throttle throttle;

    throttle_init(&throttle, &exchange->call);
    throttle_add_address(&throttle, THROTTLE_DEVICE_ADDRESS, http_request_variable(exchange->request, "REMOTE_ADDR"));
    return throttle_take(&throttle, err);
}

int handle_device_authorization(struct exchange *exchange, struct error *err)
{
    struct device_request request = {
        .user_agent = readable(exchange, "HTTP_USER_AGENT", USER_AGENT_CHARACTERS_MAX, TEXT("(unreadable)")),
        .address = readable(exchange, "REMOTE_ADDR", ADDRESS_CHARACTERS_MAX, TEXT("unknown")),
    };
    struct device_codes codes;

    if (request.address.length == 0)
        request.address = TEXT("unknown");
    if (read_request(exchange, &request, err) < 0 || take_start(exchange, err) < 0 ||
        device_start(&exchange->call, &request, &codes, err) < 0)
        return -1;
    answer_started(exchange, &codes);
    return 0;
}
