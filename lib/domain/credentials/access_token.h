/* The access tokens of this service: JWTs after RFC 9068, signed by libjose with the keys of a JWK Set file (RFC 7517).
 * The first key of the file signs and all of them verify, so a rotation of keys makes no token invalid. */
#ifndef ORGD_ACCESS_TOKEN_H
#define ORGD_ACCESS_TOKEN_H

#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "domain/access/caller.h"
#include "jwt.h"

#define ACCESS_TOKEN_BYTES_MAX 4096 /* a longer token is refused unread */

/* The member of the file with the key of refresh tokens: 256 random bits in base64url. */
#define TOKEN_REFRESH_KEY "orgd_refresh_key"
/* The member with the public parts of keys that were removed. They verify no token, only what is signed for longer. */
#define TOKEN_FORMER_KEYS "orgd_former_keys"
/* The member of a former key that somebody else has read: since when we know, in seconds since the epoch. */
#define TOKEN_LEAKED "orgd_leaked"

struct token_keys;

/* Reads the key file. The caller owns the result. Fails with ERR_INTERNAL, which says what to do about a missing or bad
 * file. */
int token_keys_open(const char *path, struct token_keys **out, struct error *err) NODISCARD;
void token_keys_close(struct token_keys *keys);

/* Begins a request. It looks at the file when it first needs the keys, so that a key that was removed verifies nothing
 * from then on. Whatever it needs later comes from the same keys: what it verified by an old key, it signs by that. */
void token_keys_begin(struct token_keys *keys);

/* The issuer and audience of the tokens, and how long they are valid. */
struct token_terms {
    const char *issuer; /* also the audience */
    int64_t lifetime_s;
};

struct token_subject {
    struct id account_id;
    struct id credential_id;
    enum credential_kind kind;
    int64_t generation;    /* of the credential: the token ends when that of the row goes up */
    struct text client_id; /* the OAuth client; without data: the credential is its own client */
};

/* Makes a signed token in compact form, in the arena. */
int token_issue(struct token_keys *keys, const struct token_terms *terms, const struct token_subject *subject,
                struct timestamp now, struct arena *arena, struct text *out, struct error *err) NODISCARD;

/* Checks form, type, algorithm, key, signature, issuer, audience and times. Remembers a verified token until it
 * expires, in bounded memory. Fails with ERR_UNAUTHORIZED, whatever is wrong. */
int token_verify(struct token_keys *keys, const struct token_terms *terms, struct text token, struct timestamp now,
                 struct credential *out, struct error *err) NODISCARD;

/* The same, for a token that others look at, too. */
int token_check(struct token_keys *keys, const struct token_terms *terms, struct jwt *token, struct timestamp now,
                struct credential *out, struct error *err) NODISCARD;

/* True if the token has been verified before, and is still valid: gives its credential, and decodes nothing. */
bool token_recall(struct token_keys *keys, const struct jwt *token, struct timestamp now, struct credential *out);

/* Makes a keyed digest (HMAC-SHA-256) under the file's key for refresh tokens, in use now. Fails only if memory runs
 * out. */
int token_keys_mac(struct token_keys *keys, const void *data, size_t length, struct digest *out,
                   struct error *err) NODISCARD;

/* Signs claims as a JWT of another type than access tokens have, with the first key. Fails with ERR_INTERNAL. */
int token_keys_sign(struct token_keys *keys, const json_t *claims, const char *type, struct arena *arena,
                    struct text *out, struct error *err) NODISCARD;

/* Decodes what token_keys_sign() made, and checks its signature; it does not expire. Keys that were removed from the
 * file still count, by their public parts. */
enum token_signature {
    TOKEN_SIGNED,
    TOKEN_FORGED,      /* it is of another type, or not what a key signed */
    TOKEN_KEY_LEAKED,  /* it is signed, but by a key that somebody else has read */
    TOKEN_KEY_UNKNOWN, /* it names a key that was never in the file */
};
enum token_signature token_keys_check_signature(struct token_keys *keys, struct jwt *token, const char *type);

/* Checks before a start that the key file can be read and that a signature of the first key verifies. This also builds
 * what libraries build at their first use, so that processes that are forked later share it. Fails with ERR_INTERNAL,
 * which names the file. */
int token_keys_check(const char *path, struct error *err) NODISCARD;

/* True if the file remembers a key that somebody else has read. */
bool token_keys_have_leaked(struct token_keys *keys);

/* True if tokens may be signed with the JWS algorithm of this name (RFC 7518). NULL is not an algorithm. */
bool token_algorithm_is_known(const char *name);

/* Appends the public parts of all keys as a JWK Set (RFC 7517, 5), for others who verify our tokens. */
void token_write_public_keys(struct token_keys *keys, struct buf *out);

/* Administration of the key file. All of these keep the file's owner and mode, and replace it in one step; what changes
 * it at the same time waits. */

/* Reads the whole set, private members included. Release it with json_decref(). */
int token_file_read(const char *path, json_t **out, struct error *err) NODISCARD;

/* Makes a file with one new key of algorithm "ES256" or "RS256". Fails if the file exists. `kid` gets the key's id. */
int token_file_generate(const char *path, const char *algorithm, struct arena *arena, const char **kid,
                        struct error *err) NODISCARD;

/* Puts a new key first. The others still verify. If the file is compromised (somebody else has read it), nothing of it
 * stays that could sign: neither the other keys, nor the key of refresh tokens. */
int token_file_rotate(const char *path, const char *algorithm, bool is_compromised, struct timestamp now,
                      struct arena *arena, const char **kid, struct error *err) NODISCARD;

/* Removes the keys that stopped signing more than `lifetime_s` ago, but for their public parts; no token of theirs is
 * still valid. Returns how many. */
int token_file_prune(const char *path, int64_t lifetime_s, struct timestamp now, struct arena *arena,
                     struct error *err) NODISCARD;

#endif
