#include "routes.h"

#include "domain/accounts/key.h"
#include "domain/accounts/user.h"
#include "domain/accounts/way_in.h"
#include "domain/events/event_feed.h"
#include "domain/organizations/assignment.h"
#include "domain/organizations/invitation.h"
#include "domain/organizations/member.h"
#include "domain/organizations/organization.h"
#include "domain/organizations/role.h"
#include "domain/organizations/service_account.h"
#include "domain/organizations/team.h"
#include "handlers.h"
#include "models.h"

#define PRIVATE "private, no-cache"
#define NO_STORE "no-store"

/* clang-format off: one macro a line */

#define JSON(model) ROUTE_JSON_BODY, .body_model = &(model)
#define FORM(model) ROUTE_FORM_BODY, .body_model = &(model)
#define SIGN_IN(model) ROUTE_SIGN_IN_BODY, .body_model = &(model)
#define REQUEST_OR_DECISION(model) ROUTE_REQUEST_OR_DECISION_BODY, .body_model = &(model)
#define ANSWERS(...) ((const struct route_answer[]){__VA_ARGS__, {.status = 0}})
#define REFUSALS(...) ((const enum error_kind[]){__VA_ARGS__, ERR_NONE})
#define HEADERS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* An answer: JSON, the same with headers, headers alone; a page, or a redirect from one. */
#define GIVES(code, answer, text)                                                                                      \
    {                                                                                                                  \
        .status = (code), .description = (text), .model = &(answer)                                                    \
    }
#define GIVES_WITH(code, answer, headers, text)                                                                        \
    {                                                                                                                  \
        .status = (code), .description = (text), .model = &(answer), .flags = (headers)                                \
    }
#define HEADERS_ONLY(code, headers, text)                                                                              \
    {                                                                                                                  \
        .status = (code), .description = (text), .flags = ANSWER_EMPTY | (headers)                                     \
    }
#define SHOWS_WITH(code, headers, text)                                                                                \
    {                                                                                                                  \
        .status = (code), .description = (text), .flags = (headers)                                                    \
    }
#define SHOWS(code, text) SHOWS_WITH(code, 0, text)
#define LEADS(text) HEADERS_ONLY(303, ANSWER_LOCATION, text)

#define SHOWS_UNKNOWN_CLIENT SHOWS(400, "The client or its redirect URI is unknown.")
#define SHOWS_UNKNOWN_CODE SHOWS(404, "There is no such code.")
#define SHOWS_UNKNOWN_INVITATION SHOWS(404, "There is no such invitation.")
#define SHOWS_DEAD_LINK SHOWS(404, "There is no such link, or it does not count any more.")
#define SHOWS_OVER SHOWS(403, "It has expired, or was declined or revoked.")
#define SHOWS_NOT_PENDING SHOWS(409, "It has been accepted, or a name is taken.")
#define SHOWS_TOO_MANY SHOWS_WITH(429, ANSWER_RETRY_AFTER, "Too many attempts.")
#define LEADS_TO_SIGN_IN LEADS("To the sign-in page.")
#define LEADS_BACK LEADS("Where the person wanted to go.")
#define LEADS_TO_CLIENT                                                                                                \
    LEADS("To the sign-in page, or back to the client with code, state and iss, or with error, error_description, "    \
          "state and iss.")

/* clang-format on */

#define ORGANIZATION "/organizations/{organization_id_or_name}"
#define SERVICE_ACCOUNT_KEYS                                                                                           \
    "/organizations/{organization_id}/service_accounts/{service_account_id_or_username}/api_keys"

/* The order is that of the document. */
/* clang-format off */
const struct route routes[] = {
#include "routes_organizations.def"
#include "routes_people.def"
#include "routes_invitations.def"
#include "routes_service_accounts.def"
#include "routes_users.def"
#include "routes_keys.def"
#include "routes_events.def"
#include "routes_auth.def"
#include "routes_account.def"
#include "routes_service.def"
    {.path = NULL},
};
/* clang-format on */
