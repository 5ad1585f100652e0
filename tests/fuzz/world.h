/* The small world that the fake database knows, and that inputs may speak of. */
#ifndef ORGD_WORLD_H
#define ORGD_WORLD_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/id.h"
#include "domain/config.h"

/* Everything that has an id: 01990000-0000-7000-8000-0000000000NN, where NN is the number here. */
enum world_thing {
    WORLD_NOTHING, /* the nil id */
    WORLD_USER,
    WORLD_OTHER_USER,
    WORLD_SERVICE,
    WORLD_ORGANIZATION,
    WORLD_OTHER_ORGANIZATION,
    WORLD_CLIENT,
    WORLD_KEY,
    WORLD_PERSONAL_TOKEN,
    WORLD_SESSION,
    WORLD_CODE,
    WORLD_GRANT,
    WORLD_DEVICE,
    WORLD_THINGS,
};

#define WORLD_PUBLIC_URL "https://api.example.org/v1"
#define WORLD_ISSUER "https://idp.example.org"
#define WORLD_CLIENT_ID "01990000-0000-7000-8000-000000000006"
#define WORLD_REDIRECT_URIS "https://client.example.org/callback http://127.0.0.1/callback"
#define WORLD_CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" /* RFC 7636, appendix B */
#define WORLD_PASSWORD "correct horse"
#define WORLD_HASH "$y$j9T$xxxxxxxxxxxxxxxxxxxxxx$hash-of-the-right-password-xxxxxxxxxxxxxxxxx"
#define WORLD_OLD_HASH "$6$xxxxxxxxxxxxxxxx$hash-of-the-right-password-xxxxxxxxxxxxxxxxx"

struct id world_id(enum world_thing thing);

/* The digest of the thing's secret as the database has it; false for what has none. */
bool world_digest(const struct id *id, struct digest *out);

/* The salt of the grant's refresh tokens. */
struct digest world_salt(void);

/* Makes keys and tokens; once, before the rest. Gives the configuration, which lives as long as the process. */
const struct config *world_open(void);

/* Replaces what stands for secrets and tokens, which no input can guess: {key}, {pat}, {session}, {code}, {refresh},
 * {device}, {secret} and {basic} (the client's), {jwt}, {grant_jwt}, {issuer_jwt}, {form_token}, {anonymous_token}, and
 * {nl} by a line feed. */
struct text world_expand(struct arena *arena, struct text input);

/* The secrets and tokens, to be looked for where they must not be: ended by NULL. */
const char *const *world_secrets(void);

/* What must not leave the process whatever happens: private keys and hashes. Ended by NULL. */
const char *const *world_internals(void);

#endif
