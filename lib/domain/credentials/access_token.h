/* Access tokens issued here: JWTs after RFC 9068, signed by libjose with the keys of a JWK Set file (RFC 7517).
 * The file's first key signs; all of them verify, so that keys can be rotated without one token going bad. */
#ifndef ORGD_ACCESS_TOKEN_H
#define ORGD_ACCESS_TOKEN_H

#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "domain/access/caller.h"

struct token_keys;

/* Reads the key file; the result belongs to the caller. ERR_INTERNAL says what to do about a missing or bad file. */
int token_keys_open(const char *path, struct token_keys **out, struct error *err) NODISCARD;
void token_keys_close(struct token_keys *keys);

/* What a token is issued for, and by whom it is accepted. */
struct token_terms {
    const char *issuer; /* also the audience */
    int64_t lifetime_s;
};

struct token_subject {
    struct id account_id;
    struct id credential_id;
    struct text client_id; /* the OAuth client; without data the credential is its own */
};

/* A signed token in compact form, in the arena. */
int token_issue(struct token_keys *keys, const struct token_terms *terms, const struct token_subject *subject,
                struct timestamp now, struct arena *arena, struct text *out, struct error *err) NODISCARD;

/* Checks form, type, algorithm, key, signature, issuer, audience and times. A token that was verified before is
 * remembered until it expires, in bounded memory. The file is looked at again once a second, and when a key is unknown,
 * for another process may have rotated it. ERR_UNAUTHORIZED, whatever is wrong. */
int token_verify(struct token_keys *keys, const struct token_terms *terms, struct text token, struct timestamp now,
                 struct credential *out, struct error *err) NODISCARD;

/* Whether there are keys to open, and what the first one signs verifies, as a start should know before it serves. What
 * libraries build at their first use is built then, and processes that are forked later share it. ERR_INTERNAL, with
 * the file's path, if no token comes of it. */
int token_keys_check(const char *path, struct error *err) NODISCARD;

/* Whether tokens may be signed with the JWS algorithm of this name (RFC 7518). NULL is none. */
bool token_algorithm_is_known(const char *name);

/* Appends the public parts of all keys as a JWK Set (RFC 7517, 5), for others who verify our tokens. */
void token_write_public_keys(struct token_keys *keys, struct buf *out);

/* Administration of the key file. All keep the file's owner and mode and replace it in one step. */

/* The whole set, private members included; release with json_decref(). */
int token_file_read(const char *path, json_t **out, struct error *err) NODISCARD;

/* Makes a file with one new key of algorithm "ES256" or "RS256"; fails if there is a file. `kid` gets the key's id. */
int token_file_generate(const char *path, const char *algorithm, struct arena *arena, const char **kid,
                        struct error *err) NODISCARD;

/* Puts a new key first; the others go on verifying. */
int token_file_rotate(const char *path, const char *algorithm, struct timestamp now, struct arena *arena,
                      const char **kid, struct error *err) NODISCARD;

/* Drops keys that stopped signing more than `lifetime_s` ago, so that no valid token of theirs is left. Returns how
 * many. */
int token_file_prune(const char *path, int64_t lifetime_s, struct timestamp now, struct error *err) NODISCARD;

#endif
