#include "domain/oauth/device.h"
#include "base/text.h"
#include "domain/access/throttle.h"
#include "domain/oauth/client.h"
#include "http/handlers.h"
#include "http/problem.h"
#include "pages/page.h"
#include "web/parameters.h"

#define PATH "/auth/device"

/* The person's side (RFC 8628, 3.3) */

static int show_entry(struct exchange *exchange, int status, struct text user_code, const char *complaint)
{
    exchange->response->status = status;
    page_begin(exchange, complaint == NULL ? "Sign in on a device" : "Sign in on a device: please try again", NULL);
    if (complaint != NULL)
        PAGE_ADD(exchange, "<p class=\"alert\" role=\"alert\" id=\"complaint\">{}</p>\n", text_of(complaint));
    page_form(exchange, PATH);
    PAGE_ADD(exchange,
             "\n<label for=\"user_code\">The code that your device shows</label>\n"
             "<input id=\"user_code\" name=\"user_code\" class=\"code\" value=\"{}\" autocomplete=\"off\" "
             "autocapitalize=\"characters\" spellcheck=\"false\" aria-describedby=\"{}hint\" required autofocus{}>\n"
             "<p class=\"hint\" id=\"hint\">Eight letters. Upper case, hyphens and blanks do not matter.</p>\n"
             "<div class=\"buttons\"><button type=\"submit\">Continue</button></div></form>\n",
             user_code.data == NULL ? TEXT("") : user_code, complaint == NULL ? TEXT("") : TEXT("complaint "),
             status == 400 || status == 404 ? TEXT(" aria-invalid=true") : TEXT(""));
    page_end(exchange);
    return 0;
}

/* A code that was found, in the form in which the device shows it. */
static struct text shown_code(struct arena *arena, struct text user_code)
{
    char *shown = arena_zalloc(arena, DEVICE_USER_CODE_SIZE);
    size_t length = 0;

    for (size_t i = 0; i < user_code.length && length < DEVICE_USER_CODE_SIZE - 1; i++) {
        char c = user_code.data[i];

        if (c == '-' || c == ' ')
            continue;
        if (length == 4)
            shown[length++] = '-';
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        shown[length++] = c;
    }
    return text_of(shown);
}

static int show_question(struct exchange *exchange, const struct session *session, struct text user_code,
                         const struct device_pending *pending, const struct client *client)
{
    page_begin(exchange, "Let this device in?", NULL);
    PAGE_ADD(exchange,
             "<p>It would use the Organizations API on your behalf: to see and change whatever you can see and "
             "change.</p>\n"
             "<p>Allow it only if you have just started this yourself, and your device shows this code:</p>\n"
             "<p class=\"code\">{}</p>\n<dl><dt>You are signed in as</dt><dd>{}</dd><dt>What asks</dt><dd>{}</dd>",
             shown_code(exchange->service->arena, user_code), session->username,
             client != NULL ? client->name : TEXT("an application that is not registered here"));
    PAGE_ADD(exchange, "<dt>It calls itself</dt><dd>{}</dd><dt>It asks from the address</dt><dd>{}</dd></dl>\n",
             pending->user_agent.length == 0 ? TEXT("(nothing)") : pending->user_agent, pending->address);
    page_form(exchange, PATH);
    page_hidden(exchange, "user_code", user_code);
    page_html(exchange,
              "\n<div class=\"buttons\"><button type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>"
              "<button type=\"submit\" name=\"decision\" value=\"deny\" class=\"plain\">Deny</button></div></form>\n");
    page_end(exchange);
    return 0;
}

/* Looks a code up, which costs an attempt. ERR_TOO_MANY, ERR_NOT_FOUND. */
static int look_up(struct exchange *exchange, struct text user_code, struct device_pending *out, struct error *err)
{
    const struct call *call = &exchange->call;
    struct text address = throttle_address(call->arena, http_request_variable(exchange->request, "REMOTE_ADDR"));
    struct timestamp previous;
    int found;

    if (throttle_take(call, THROTTLE_USER_CODE_ADDRESS, address, &previous, err) < 0)
        return -1;
    found = device_find(call, user_code, out, err);
    if (found == 0)
        return error_set(err, ERR_NOT_FOUND, "There is no such code. It may have expired: look at your device again.");
    return found < 0 ? -1 : throttle_give_back(call, THROTTLE_USER_CODE_ADDRESS, address, previous, err);
}

/* What the person can do something about is said above the form, which is shown again. */
static int complain(struct exchange *exchange, struct text user_code, const struct error *err)
{
    if (err->kind != ERR_TOO_MANY && err->kind != ERR_NOT_FOUND)
        return -1;
    problem_head(exchange, err);
    return show_entry(exchange, exchange->response->status, user_code, err->message);
}

static int ask(struct exchange *exchange, const struct session *session, struct text user_code, struct error *err)
{
    struct device_pending pending;
    struct client client;
    struct id id = {{0}};
    int found;

    if (look_up(exchange, user_code, &pending, err) < 0)
        return complain(exchange, user_code, err);
    found = id_parse(pending.client, &id) ? client_find(&exchange->call, &id, &client, err) : 0;
    return found < 0 ? -1 : show_question(exchange, session, user_code, &pending, found > 0 ? &client : NULL);
}

static int decide(struct exchange *exchange, const struct session *session, struct text user_code, bool is_approved,
                  struct error *err)
{
    const struct call *call = &exchange->call;
    struct device_pending pending;

    if (look_up(exchange, user_code, &pending, err) < 0 ||
        device_decide(call, &pending.id, session, is_approved, err) < 0)
        return complain(exchange, user_code, err);
    return is_approved ? page_message(exchange, 200, "The device is let in", TEXT("You can close this page."))
                       : page_message(exchange, 200, "The device is not let in", TEXT("You can close this page."));
}

int handle_device_page(struct exchange *exchange, struct error *err)
{
    struct text user_code = parameters_find(&exchange->request->query, "user_code");
    struct session session;
    int found = page_session(exchange, page_here(exchange, PATH), &session, err);

    if (found <= 0)
        return found;
    return user_code.data == NULL ? show_entry(exchange, 200, user_code, NULL)
                                  : ask(exchange, &session, user_code, err);
}

/* The page with the code in it, to come back to it after signing in. */
static const char *address_of(struct exchange *exchange, struct text user_code)
{
    struct urlencoded_pair pair = {.name = TEXT("user_code"), .value = user_code};
    struct urlencoded query = {.pairs = &pair, .count = user_code.data == NULL ? 0 : 1};
    struct arena *arena = exchange->service->arena;

    return query.count == 0 ? PATH : arena_printf(arena, PATH "?%s", parameters_encode(arena, &query));
}

int handle_device_form(struct exchange *exchange, struct error *err)
{
    struct urlencoded form = urlencoded_parse(exchange->service->arena, exchange->body);
    struct text user_code = parameters_find(&form, "user_code");
    struct text decision = parameters_find(&form, "decision");
    struct session session;
    int found;

    if (!page_is_genuine(exchange, &form))
        return 0;
    found = page_session(exchange, address_of(exchange, user_code), &session, err);
    if (found <= 0)
        return found;
    if (user_code.data == NULL)
        return show_entry(exchange, 400, user_code, "Enter the code that your device shows.");
    return decision.data == NULL ? ask(exchange, &session, user_code, err)
                                 : decide(exchange, &session, user_code, text_equal(decision, TEXT("allow")), err);
}
