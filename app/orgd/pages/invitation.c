#include "domain/organizations/invitation_link.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "domain/access/system_roles.h"
#include "domain/organizations/named.h"
#include "http/browser.h"
#include "http/handlers.h"
#include "http/problem.h"
#include "language.h"
#include "message.h"
#include "pages/templates.h"
#include "signed_in.h"
#include "web/parameters.h"

#define PATH "/account/invitation"

/* The page's address with the secret in it, to come back to it after signing in. */
static const char *address_of(struct exchange *exchange, struct text secret)
{
    struct urlencoded_pair pair = {.name = TEXT("secret"), .value = secret};
    struct urlencoded query = {.pairs = &pair, .count = 1};
    struct arena *arena = exchange->call.arena;

    return arena_printf(arena, PATH "?%s", parameters_encode(arena, &query));
}

static struct text roles_of(struct exchange *exchange, const struct invitation *invitation)
{
    struct text titles = {NULL, 0};

    for (enum role role = ROLE_ADMIN; role <= ROLE_MEMBER; role++) {
        const char *title = system_role_title(role).data;

        if ((invitation->own_roles & ROLE_BIT(role)) != 0)
            titles =
                text_of(titles.data == NULL ? title : arena_printf(exchange->call.arena, "%s, %s", titles.data, title));
    }
    return named_join(exchange->call.arena, titles, ", ", invitation->roles_made);
}

static struct text teams_of(struct exchange *exchange, const struct invitation *invitation)
{
    return named_join(exchange->call.arena, (struct text){NULL, 0}, ", ", invitation->teams);
}

static int ask(struct exchange *exchange, const struct invitation_visit *visit, struct text secret)
{
    const struct invitation *invitation = &visit->invitation;

    return invitation_question_page_show(
        exchange, NULL,
        INVITATION_QUESTION_PAGE(.organization = invitation->organization_name, .inviter = invitation->inviter_name,
                                 .username = visit->visitor, .email = invitation->email,
                                 .roles = roles_of(exchange, invitation), .teams = teams_of(exchange, invitation),
                                 .secret = secret));
}

static int show_other(struct exchange *exchange, const struct invitation_visit *visit, struct text secret)
{
    return invitation_other_page_show(exchange, NULL,
                                      INVITATION_OTHER_PAGE(.organization = visit->invitation.organization_name,
                                                            .email = visit->invitation.email,
                                                            .username = visit->visitor, .address = visit->address,
                                                            .here = text_of(address_of(exchange, secret))));
}

/* Shows both ways in, with the complaint if there is one; problem_head() has then set the answer's status. */
static int welcome(struct exchange *exchange, const struct invitation_visit *visit, struct text secret,
                   struct text username, struct text complaint)
{
    struct urlencoded_pair pair = {.name = TEXT("next"), .value = text_of(address_of(exchange, secret))};
    struct urlencoded query = {.pairs = &pair, .count = 1};
    struct arena *arena = exchange->call.arena;
    const struct invitation *invitation = &visit->invitation;
    const char *sign_in =
        arena_printf(arena, "%s/auth/sign-in?%s", exchange->request->mount, parameters_encode(arena, &query));

    return invitation_welcome_page_show(
        exchange, NULL,
        INVITATION_WELCOME_PAGE(.organization = invitation->organization_name, .inviter = invitation->inviter_name,
                                .email = invitation->email, .roles = roles_of(exchange, invitation),
                                .teams = teams_of(exchange, invitation), .secret = secret, .username = username,
                                .complaint = complaint, .sign_in = text_of(sign_in)));
}

static int show(struct exchange *exchange, struct text secret, struct error *err)
{
    const struct text nothing = {NULL, 0};
    struct invitation_visit visit;
    struct session session = {.id = {{0}}};

    if (session_find(&exchange->call, browser_session(exchange), &session, err) < 0 ||
        invitation_open(&exchange->call, secret, &session.account_id, &visit, err) < 0)
        return -1;
    if (id_is_nil(&visit.visitor_id))
        return welcome(exchange, &visit, secret, nothing, nothing);
    return visit.is_for_visitor ? ask(exchange, &visit, secret) : show_other(exchange, &visit, secret);
}

int handle_invitation_page(struct exchange *exchange, struct error *err)
{
    return show(exchange, parameters_find(&exchange->request->query, "secret"), err);
}

static int say_done(struct exchange *exchange, bool is_accepted)
{
    return is_accepted
               ? message_show(exchange, N_("You are a member now"),
                              N_("You can work with the organization now, in the programs that use this service."))
               : message_show(exchange, N_("You have declined"), N_("You can close this page."));
}

/* Declining is for good, so what is no decision must not be taken for it. */
static int read_decision(const struct urlencoded *form, bool *is_accepted, struct error *err)
{
    struct text decision = parameters_find(form, "decision");

    *is_accepted = text_equal(decision, TEXT("allow"));
    if (parameters_is_sound(form, "decision") && (*is_accepted || text_equal(decision, TEXT("deny"))))
        return 0;
    return error_set(err, ERR_INVALID_REQUEST,
                     N_("The form does not say what you have chosen. Nothing was done. Go back and choose again."));
}

int handle_invitation_decision(struct exchange *exchange, struct error *err)
{
    struct text secret = parameters_find(&exchange->form, "secret");
    bool is_accepted;
    struct session session;

    if (signed_in_require(exchange, address_of(exchange, secret), &session, err) < 0)
        return -1;
    if (!browser_has_decided(exchange))
        return show(exchange, secret, err);
    if (read_decision(&exchange->form, &is_accepted, err) < 0 ||
        invitation_decide_by_link(&exchange->call, secret, &session, is_accepted, err) < 0)
        return -1;
    return say_done(exchange, is_accepted);
}

/* Shows errors that the person can correct above the form, as long as the invitation is pending. */
static int complain(struct exchange *exchange, struct text secret, struct error *err)
{
    const struct id nobody = {{0}};
    struct invitation_visit visit;
    struct error over;

    if (err->kind != ERR_VALIDATION && err->kind != ERR_EXISTS && err->kind != ERR_BUSY && err->kind != ERR_TOO_MANY)
        return -1;
    if (invitation_open(&exchange->call, secret, &nobody, &visit, &over) < 0) {
        *err = over;
        return -1;
    }
    problem_head(exchange, err);
    return welcome(exchange, &visit, secret, parameters_find(&exchange->form, "username"),
                   language_say_error(exchange, err));
}

int handle_invitation_joining(struct exchange *exchange, struct error *err)
{
    struct text secret = parameters_find(&exchange->form, "secret");
    const struct newcomer newcomer = {
        .username = text_trim(urlencoded_find(&exchange->form, "username", NULL)),
        .password = urlencoded_find(&exchange->form, "password", NULL),
        .network_address = http_request_variable(exchange->request, "REMOTE_ADDR"),
    };

    if (invitation_join(&exchange->call, secret, &newcomer, err) < 0)
        return complain(exchange, secret, err);
    return message_lead_on(exchange, N_("You are a member now"),
                           N_("You have an account now, and are a member. Sign in with it."), "/auth/sign-in",
                           N_("Sign in"));
}
