/* OAuth2 clients: programs that people allow to act for them. */
#ifndef ORGD_CLIENT_H
#define ORGD_CLIENT_H

#include "base/digest.h"
#include "domain/access/secret.h"
#include "domain/call.h"

#define CLIENT_NAME_LENGTH_MAX 64   /* characters */
#define CLIENT_URI_BYTES_MAX 2048   /* of one redirect URI */
#define CLIENT_URIS_BYTES_MAX 16384 /* of all redirect URIs, separated by blanks */

struct client {
    struct id id;
    struct text name;
    bool is_confidential; /* can keep a secret */
    struct digest secret;
    struct text redirect_uris; /* separated by blanks */
    bool has_device_grant;     /* may use the device grant, under its own name */
    bool is_trusted;           /* people are not asked for their consent */
    bool is_resource_server;   /* may ask about all tokens, and gets none */
    struct timestamp created;
};

/* Finds a client. Returns 1, 0 if there is none, or -1. */
int client_find(const struct call *call, const struct id *id, struct client *out, struct error *err) NODISCARD;

/* Returns 1 if somebody who calls himself so claims the name of a registered client, wherever in the text it stands and
 * however it is written (name.h); 0 if not, or -1. */
int client_is_named_in(const struct call *call, struct text claimed, struct error *err) NODISCARD;

/* True if this is the secret of a confidential client. */
bool client_has_secret(const struct client *client, struct text secret);

/* True if the URI is one of the client's, octet for octet (RFC 9700, 4.1.3). The port of a loopback address may differ,
 * because a native application learns it when it starts (RFC 8252, 7.3). */
bool client_may_redirect_to(const struct client *client, struct text uri);

/* Returns the client's only URI, which a request need not name; a text without data if there are several. */
struct text client_only_redirect_uri(const struct client *client);

/* Administration */

/* Makes a client as `wanted` says, which has no id, secret or time yet. Its redirect URIs are https, or http on a
 * loopback address (a public client's also on localhost), or of a private-use scheme with a dot in it (RFC 8252, 7.1),
 * without fragment. A client that has none, and is no resource server, gets the device grant. A resource server is
 * confidential, and has no grants. A confidential client gets a `secret`, which is shown once; that of a public client
 * is empty. Fails with ERR_VALIDATION or ERR_EXISTS. */
int client_create(const struct call *call, const struct client *wanted, struct id *out, char secret[SECRET_TEXT_SIZE],
                  struct error *err) NODISCARD;

/* Lists all clients by name, in the arena. Returns their number, or -1. */
int64_t client_list(const struct call *call, struct client **out, struct error *err) NODISCARD;

/* Deletes the client and everything that people granted it. Fails with ERR_NOT_FOUND. */
int client_delete(const struct call *call, const struct id *id, struct error *err) NODISCARD;

#endif
