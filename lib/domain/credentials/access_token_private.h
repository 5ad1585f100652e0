/* What access_token.c and token_keys.c share. */
#ifndef ORGD_ACCESS_TOKEN_PRIVATE_H
#define ORGD_ACCESS_TOKEN_PRIVATE_H

#include <sys/stat.h>

#include "access_token.h"
#include "base/digest.h"

#define TOKENS_REMEMBERED_MAX 1024
#define REFRESH_KEY_BYTES 32

/* A token whose signature has been verified. */
struct remembered {
    struct digest digest;
    struct token_subject subject;
    int64_t expires_s;
};

struct token_keys {
    char *path;
    json_t *set;
    struct stat file;  /* as it was read */
    bool is_current;   /* for the rest of this request */
    int64_t failed_us; /* when it could last not be read; 0: it could */
    uint8_t refresh_key[REFRESH_KEY_BYTES];
    struct remembered *remembered; /* TOKENS_REMEMBERED_MAX; forgotten when the keys change */
};

/* Reads the file again if it has changed since the last request. If it cannot be read, keeps the keys, and tries again
 * a second later. */
void token_keys_reload(struct token_keys *keys);

/* Returns what of a key others may know, without what is our own in it. */
json_t *token_public_part(const json_t *key);

#endif
