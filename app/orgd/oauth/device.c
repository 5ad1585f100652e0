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

/* The page's address with the code in it, to come back to it after signing in. */
static const char *address_of(struct exchange *exchange, struct text user_code)
{
    struct urlencoded_pair pair = {.name = TEXT("user_code"), .value = user_code};
    struct urlencoded query = {.pairs = &pair, .count = 1};
    struct arena *arena = exchange->call.arena;

    return user_code.data == NULL ? PATH : arena_printf(arena, PATH "?%s", parameters_encode(arena, &query));
}

/* A device whose code was found, and what the person is told of it. */
struct found_device {
    struct device_pending pending;
    char user_code[DEVICE_USER_CODE_SIZE];
    struct text client;     /* its name; without data: it is not registered */
    struct text user_agent; /* without data: none */
};

static int show_question(struct exchange *exchange, const struct session *session, const struct found_device *found)
{
    struct text user_code = text_of(found->user_code);

    return device_question_page_show(
        exchange, NULL,
        DEVICE_QUESTION_PAGE(.user_code = user_code, .shown_code = user_code, .username = session->username,
                             .client = found->client, .user_agent = found->user_agent,
                             .address = found->pending.address, .here = text_of(address_of(exchange, user_code))));
}

static int refuse_code(struct error *err)
{
    return error_set(err, ERR_NOT_FOUND, N_("There is no such code. It may have expired: look at your device again."));
}

/* Looks a code up. This counts as an attempt, unless what was typed cannot be a code. Fails with ERR_TOO_MANY or
 * ERR_NOT_FOUND. */
static int look_up(struct exchange *exchange, struct text typed, struct found_device *out, struct error *err)
{
    const struct call *call = &exchange->call;
    struct throttle throttle;
    int found;

    if (!device_read_user_code(typed, out->user_code))
        return refuse_code(err);
    throttle_init(&throttle, call);
    throttle_add_address(&throttle, THROTTLE_USER_CODE_ADDRESS,
                         http_request_variable(exchange->request, "REMOTE_ADDR"));
    if (throttle_take(&throttle, err) < 0)
        return -1;
    found = device_find(call, out->user_code, &out->pending, err);
    if (found == 0)
        return refuse_code(err);
    return found < 0 ? -1 : throttle_forgive(&throttle, err);
}

/* Shows errors that the person can correct above the form. */
static int complain(struct exchange *exchange, struct text user_code, const struct error *err)
{
    if (err->kind != ERR_INVALID_REQUEST && err->kind != ERR_TOO_MANY && err->kind != ERR_NOT_FOUND)
        return -1;
    problem_head(exchange, err);
    return show_entry(exchange, user_code, language_say_error(exchange, err));
}

/* Leaves what a program calls itself that is registered nowhere, unless it claims the name of one that is. */
static int judge_user_agent(struct exchange *exchange, struct found_device *found, struct error *err)
{
    int is_claimed = client_is_named_in(&exchange->call, found->user_agent, err);

    if (is_claimed > 0)
        found->user_agent = language_say(exchange, N_("(the name of an application that it is not)"));
    return is_claimed < 0 ? -1 : 0;
}

/* Finds what may be shown of the program that asks: the name of a client that is registered, or what it says itself. */
static int describe(struct exchange *exchange, struct found_device *found, struct error *err)
{
    const struct device_pending *pending = &found->pending;
    struct client client;
    struct id id;
    int is_registered = 0;

    if (id_parse(pending->client, &id))
        is_registered = client_find(&exchange->call, &id, &client, err);
    if (is_registered < 0)
        return -1;
    found->client = is_registered > 0 ? client.name : (struct text){NULL, 0};
    found->user_agent = pending->user_agent.length > 0 ? pending->user_agent : (struct text){NULL, 0};
    return is_registered > 0 || found->user_agent.data == NULL ? 0 : judge_user_agent(exchange, found, err);
}

static int ask(struct exchange *exchange, const struct session *session, struct text typed, struct error *err)
{
    struct found_device found;

    if (look_up(exchange, typed, &found, err) < 0)
        return complain(exchange, typed, err);
    return describe(exchange, &found, err) < 0 ? -1 : show_question(exchange, session, &found);
}

static int decide(struct exchange *exchange, const struct session *session, struct text typed, bool is_approved,
                  struct error *err)
{
    struct found_device found;

    if (look_up(exchange, typed, &found, err) < 0 ||
        device_decide(&exchange->call, &found.pending, session, is_approved, err) < 0)
        return complain(exchange, typed, err);
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
