/* A key file for tests, in a directory of its own. */
#ifndef ORGD_KEY_FILE_H
#define ORGD_KEY_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "domain/credentials/access_token.h"
#include "unit.h"

#define KEY_FILE_PATH_SIZE 60

/* Makes the file with one key of algorithm ES256 and opens it. Where that fails, it can be closed all the same if
 * `keys` was NULL. */
static inline int open_key_file(char path[KEY_FILE_PATH_SIZE], struct arena *arena, const char **kid,
                                struct token_keys **keys)
{
    char directory[] = "/tmp/orgd-test-keys-XXXXXX";
    const char *made = mkdtemp(directory);
    struct error err;

    snprintf(path, KEY_FILE_PATH_SIZE, "%s/keys.json", directory);
    if (made == NULL || token_file_generate(path, "ES256", arena, kid, &err) < 0)
        return -1;
    return token_keys_open(path, keys, &err);
}

/* Removes the file and its directory; cuts the path. */
static inline int close_key_file(char path[KEY_FILE_PATH_SIZE], struct token_keys *keys)
{
    token_keys_close(keys);
    unlink(path);
    *strrchr(path, '/') = '\0';
    return rmdir(path); /* fails if a temporary file was left behind */
}

#endif
