/* What the OAuth2 endpoints share: parameters of forms, who the client is, and RFC 6749's answers. */
#ifndef ORGD_OAUTH_REQUEST_H
#define ORGD_OAUTH_REQUEST_H

#include "domain/oauth/client.h"
#include "http/exchange.h"

/* A parameter's value; without data if it is absent, empty (RFC 6749, 3.1) or not UTF-8. */
struct text oauth_parameter(const struct urlencoded *parameters, const char *name);

/* NULL, or what is wrong with the parameters as such: one is there more than once, which RFC 6749, 3.1 and 3.2 forbid,
 * or is no text. */
const char *oauth_fault_of(const struct urlencoded *parameters);

/* False if the parameter is there more than once, or is no text. */
bool oauth_is_sound(const struct urlencoded *parameters, const char *name);

/* The parameters as a query again, everything escaped that may be. */
const char *oauth_encode(struct arena *arena, const struct urlencoded *parameters);

/* The error answer of RFC 6749, 5.2, with our own `detail` beside it. Returns 0. */
int oauth_refuse(struct exchange *exchange, int status, const char *code, const char *sentence);

/* How a client presents itself: with HTTP Basic or in the form (RFC 6749, 2.3.1). */
struct oauth_claim {
    struct text id;
    struct text secret;
    bool uses_basic;
};

/* Reads the form of a POST whose parameters may be secrets, and the claim in it or in the Authorization header. Returns
 * NULL, or what is wrong with the request. */
const char *oauth_read_request(const struct exchange *exchange, struct urlencoded *form, struct oauth_claim *claim);

/* invalid_client, with the challenge that fits the claim. Returns 0. */
int oauth_refuse_client(struct exchange *exchange, const struct oauth_claim *claim);

/* 1 and the client if the claim is that of a registered client: with its secret if it is confidential, by its id alone
 * if it is public. 0 if not, -1 if the database fails. */
int oauth_find_client(struct exchange *exchange, const struct oauth_claim *claim, struct client *out,
                      struct error *err) NODISCARD;

/* The same for what clients of the device grant may do: unless the configuration says otherwise, one that is registered
 * nowhere and has but an id of its own making (a UUID) counts as well. `id` gets the client's id as grants name it. */
int oauth_find_device_client(struct exchange *exchange, const struct oauth_claim *claim, struct text *id,
                             struct error *err) NODISCARD;

#endif
