#include "domain/oauth/device.h"
#include "base/text.h"
#include "domain/access/throttle.h"
#include "domain/oauth/client.h"
#include "http/handlers.h"
#include "http/problem.h"
#include "pages/language.h"
#include "pages/message.h"
#include "pages/signed_in.h"
#include "pages/templates.h"
#include "web/parameters.h"

#define PATH "/auth/device"

/* The person's side (RFC 8628, 3.3) */

/* Shows the form, with the complaint if there is one; problem_head() has then set the answer's status. */
static int show_entry(struct exchange *exchange, struct text user_code, struct text complaint)
{
    int status = exchange->response->status;

    return device_entry_page_show(
        exchange, NULL,
        DEVICE_ENTRY_PAGE(.user_code = user_code, .complaint = complaint, .is_wrong = status == 400 || status == 404));
}

/* Writes a code that was found, in the form that the device shows. */
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
                         const struct device_pending *pending, struct text client)
{
    struct text user_agent = pending->user_agent;

    if (user_agent.length == 0)
        user_agent.data = NULL;
    return device_question_page_show(exchange, NULL,
                                     DEVICE_QUESTION_PAGE(.user_code = user_code,
                                                          .shown_code = shown_code(exchange->call.arena, user_code),
                                                          .username = session->username, .client = client,
                                                          .user_agent = user_agent, .address = pending->address));
}

/* Looks a code up; this counts as an attempt. Fails with ERR_TOO_MANY or ERR_NOT_FOUND. */
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
        return error_set(err, ERR_NOT_FOUND,
                         N_("There is no such code. It may have expired: look at your device again."));
    return found < 0 ? -1 : throttle_give_back(call, THROTTLE_USER_CODE_ADDRESS, address, previous, err);
}

/* Shows errors that the person can correct above the form. */
static int complain(struct exchange *exchange, struct text user_code, const struct error *err)
{
    if (err->kind != ERR_INVALID_REQUEST && err->kind != ERR_TOO_MANY && err->kind != ERR_NOT_FOUND)
        return -1;
    problem_head(exchange, err);
    return show_entry(exchange, user_code, language_say_error(exchange, err));
}

/* Returns the name of the client; without data if it is not registered. */
static int find_client_name(struct exchange *exchange, const struct device_pending *pending, struct text *out,
                            struct error *err)
{
    struct client client = {.name = {NULL, 0}};
    struct id id;

    if (id_parse(pending->client, &id) && client_find(&exchange->call, &id, &client, err) < 0)
        return -1;
    *out = client.name;
    return 0;
}

static int ask(struct exchange *exchange, const struct session *session, struct text user_code, struct error *err)
{
    struct device_pending pending;
    struct text client;

    if (look_up(exchange, user_code, &pending, err) < 0)
        return complain(exchange, user_code, err);
    if (find_client_name(exchange, &pending, &client, err) < 0)
        return -1;
    return show_question(exchange, session, user_code, &pending, client);
}

static int decide(struct exchange *exchange, const struct session *session, struct text user_code, bool is_approved,
                  struct error *err)
{
    struct device_pending pending;

    if (look_up(exchange, user_code, &pending, err) < 0 ||
        device_decide(&exchange->call, &pending.id, session, is_approved, err) < 0)
        return complain(exchange, user_code, err);
    return message_show(exchange, is_approved ? N_("The device is let in") : N_("The device is not let in"),
                        N_("You can close this page."));
}

int handle_device_page(struct exchange *exchange, struct error *err)
{
    struct text user_code = parameters_find(&exchange->request->query, "user_code");
    struct session session;

    if (signed_in_require(exchange, signed_in_here(exchange, PATH), &session, err) < 0)
        return -1;
    return user_code.data == NULL ? show_entry(exchange, user_code, user_code)
                                  : ask(exchange, &session, user_code, err);
}

/* The page's address with the code in it, to come back to it after signing in. */
static const char *address_of(struct exchange *exchange, struct text user_code)
{
    struct urlencoded_pair pair = {.name = TEXT("user_code"), .value = user_code};
    struct urlencoded query = {.pairs = &pair, .count = 1};
    struct arena *arena = exchange->call.arena;

    return user_code.data == NULL ? PATH : arena_printf(arena, PATH "?%s", parameters_encode(arena, &query));
}

int handle_device_form(struct exchange *exchange, struct error *err)
{
    struct text user_code = parameters_find(&exchange->form, "user_code");
    struct text decision = parameters_find(&exchange->form, "decision");
    struct session session;

    if (signed_in_require(exchange, address_of(exchange, user_code), &session, err) < 0)
        return -1;
    if (user_code.data == NULL) {
        error_set(err, ERR_INVALID_REQUEST, N_("Enter the code that your device shows."));
        return complain(exchange, user_code, err);
    }
    return decision.data == NULL ? ask(exchange, &session, user_code, err)
                                 : decide(exchange, &session, user_code, text_equal(decision, TEXT("allow")), err);
}
