/* How a client of the authorization server presents itself: with HTTP Basic or in the form (RFC 6749, 2.3.1), as a
 * registered client, as one that is registered nowhere, or as a service account.
 *
 *     struct client_auth auth;
 *     struct client client;
 *
 *     if (client_auth_read(exchange, &auth, err) < 0 || client_auth_require(&auth, &client, err) < 0)
 *         return -1;
 */
#ifndef ORGD_CLIENT_AUTH_H
#define ORGD_CLIENT_AUTH_H

#include "domain/accounts/account.h"
#include "domain/oauth/client.h"
#include "http/exchange.h"

#define CLIENT_AUTH_BASIC_BYTES_MAX 1024 /* of Basic credentials, encoded */
#define CLIENT_AUTH_ID_BYTES_MAX 64      /* of a client's own making */

/* Returns what stands in a form as an id, a secret, a code or a token: without the white space around it, such as the
 * end of the line in the file that it was read from. Without data if nothing is left. */
struct text client_auth_credential(const struct urlencoded *form, const char *name);

struct client_auth {
    struct exchange *exchange;
    struct urlencoded form;
    struct text id;     /* as claimed; without data: none */
    struct text secret; /* without data: none */
};

/* Reads the form of a POST whose parameters may be secrets, and what it or the Authorization header claims.
 * ERR_INVALID_REQUEST. */
int client_auth_read(struct exchange *exchange, struct client_auth *out, struct error *err) NODISCARD;

/* 1 and the client if the claim is that of a registered client: with its secret if it is confidential, by its id alone
 * if it is public. 0 if not, -1 if the database fails. */
int client_auth_find(const struct client_auth *auth, struct client *out, struct error *err) NODISCARD;

/* A client by the id that its grants name. */
struct grantee {
    struct text id;
    bool is_registered;
    struct client client; /* if it is registered */
};

/* The same for what clients of the device grant may do: unless the configuration says otherwise, one that is registered
 * nowhere and has but an id of its own making (1 to 64 visible ASCII characters) counts as well. */
int client_auth_find_grantee(const struct client_auth *auth, struct grantee *out, struct error *err) NODISCARD;

/* Both again, with ERR_INVALID_CLIENT instead of 0. */
int client_auth_require(const struct client_auth *auth, struct client *out, struct error *err) NODISCARD;
int client_auth_require_grantee(const struct client_auth *auth, struct grantee *out, struct error *err) NODISCARD;

/* The last one for the device grant alone. ERR_UNAUTHORIZED_CLIENT if the client is registered without that grant: so
 * nobody borrows the name of an application that people know from their browsers. */
int client_auth_require_device(const struct client_auth *auth, struct grantee *out, struct error *err) NODISCARD;

/* The account, a service account's as a rule, whose API key or personal access token is this secret, and which the
 * claim names by the account's id, the credential's, or not at all: as a token of it names it. ERR_INVALID_CLIENT. */
int client_auth_require_account(const struct client_auth *auth, struct text secret, struct token_subject *out,
                                struct error *err) NODISCARD;

/* Fails with ERR_INVALID_CLIENT. */
int client_auth_refuse(struct error *err);

#endif
