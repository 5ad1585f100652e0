#include <errno.h>
#include <fcntl.h>
#include <jose/b64.h>
#include <jose/jwk.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access_token_private.h"
#include "base/memory.h"
#include "base/random.h"

/* When the key stopped signing, in seconds since the epoch: our own member of the JWK. */
#define RETIRED "orgd_retired"

/* Makes a key. Returns NULL, with ERR_VALIDATION, if tokens cannot be signed with the algorithm. */
static json_t *generate_key(const char *algorithm, struct error *err)
{
    json_t *key = token_algorithm_is_known(algorithm) ? json_pack("{s:s, s:s}", "alg", algorithm, "use", "sig") : NULL;
    json_t *thumbprint;

    if (key == NULL || !jose_jwk_gen(NULL, key)) {
        json_decref(key);
        error_set(err, ERR_VALIDATION, "'%s' cannot be used for signing; use ES256 or RS256", algorithm);
        return NULL;
    }
    thumbprint = jose_jwk_thp(NULL, key, "S256");
    json_object_set_new(key, "kid", thumbprint);
    return key;
}

/* Returns a key for refresh tokens, in base64url. */
static json_t *generate_refresh_key(void)
{
    uint8_t bytes[32];
    json_t *encoded;

    random_fill(bytes, sizeof(bytes));
    encoded = jose_b64_enc(bytes, sizeof(bytes));
    memory_wipe(bytes, sizeof(bytes));
    return encoded;
}

/* Writes a new file beside `path`. `like` is the file that it is to replace; NULL: none, so it must not exist yet. */
static int write_file(const char *path, const char *temporary, const json_t *set, const struct stat *like)
{
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_good = fd >= 0;

    /* Workers may read the old file by its group. The mode comes last, so that it never opens the file to another one.
     */
    if (is_good && like != NULL)
        is_good = fchown(fd, like->st_uid, like->st_gid) == 0 && fchmod(fd, like->st_mode & 0777) == 0;
    is_good = is_good && json_dumpfd(set, fd, JSON_INDENT(2)) == 0 && fsync(fd) == 0;
    if (fd >= 0 && close(fd) != 0)
        is_good = false;
    if (is_good)
        is_good = like == NULL ? link(temporary, path) == 0 : rename(temporary, path) == 0;
    if (fd >= 0 && (!is_good || like == NULL)) {
        int reason = errno;

        unlink(temporary);
        errno = reason;
    }
    return is_good ? 0 : -1;
}

/* Workers always find a whole file. */
static int replace_file(const char *path, const json_t *set, const struct stat *like, struct arena *arena,
                        struct error *err)
{
    if (write_file(path, arena_printf(arena, "%s.%d", path, (int)getpid()), set, like) == 0)
        return 0;
    return error_set(err, ERR_INTERNAL, "cannot write %s: %s", path, strerror(errno));
}

/* A key file while it is changed. */
struct change {
    int fd; /* of the file as it was, locked; -1: none */
    struct stat file;
    json_t *set;
};

static void change_end(struct change *change)
{
    json_decref(change->set);
    if (change->fd >= 0)
        close(change->fd);
}

/* Waits until nobody else changes the file. Whoever has done so meanwhile has replaced it: then locks the new one. */
static bool lock_file(const char *path, struct change *change)
{
    struct stat current;

    for (;;) {
        change->fd = open(path, O_RDONLY | O_CLOEXEC);
        if (change->fd < 0 || flock(change->fd, LOCK_EX) != 0 || fstat(change->fd, &change->file) != 0)
            return false;
        if (stat(path, &current) == 0 && current.st_ino == change->file.st_ino && current.st_dev == change->file.st_dev)
            return true;
        close(change->fd);
    }
}

/* Reads the file to replace it. End the change in any case. */
static int change_begin(const char *path, struct change *change, struct error *err)
{
    bool is_locked = lock_file(path, change);
    int reason = errno;

    if (token_file_read(path, &change->set, err) < 0)
        return -1;
    return is_locked ? 0 : error_set(err, ERR_INTERNAL, "cannot lock %s: %s", path, strerror(reason));
}

static const char *kid_of(const json_t *key, struct arena *arena)
{
    const char *kid = json_string_value(json_object_get(key, "kid"));

    return arena_strndup(arena, kid, strlen(kid));
}

int token_file_generate(const char *path, const char *algorithm, struct arena *arena, const char **kid,
                        struct error *err)
{
    CLEANUP(json_decrefp) json_t *set = NULL;
    json_t *key;

    if (access(path, F_OK) == 0)
        return error_set(err, ERR_EXISTS, "%s exists already; use 'orgctl signing-key rotate' for a new key", path);
    key = generate_key(algorithm, err);
    if (key == NULL)
        return -1;
    *kid = kid_of(key, arena);
    set = json_pack("{s:[o], s:o}", "keys", key, TOKEN_REFRESH_KEY, generate_refresh_key());
    return replace_file(path, set, NULL, arena, err);
}

/* Keeps the public part of a key that is removed: what it has signed for longer than a token lives can still be
 * verified. That is one key a rotation. `leaked` is when it was found out that somebody else has it; 0: nobody has. */
static void keep_public_part(json_t *set, const json_t *key, struct timestamp leaked)
{
    json_t *former = token_public_part(key);

    if (former == NULL)
        return;
    if (json_object_get(set, TOKEN_FORMER_KEYS) == NULL)
        json_object_set_new(set, TOKEN_FORMER_KEYS, json_array());
    if (leaked.us != 0)
        json_object_set_new(former, TOKEN_LEAKED, json_integer(leaked.us / US_PER_S));
    json_array_append_new(json_object_get(set, TOKEN_FORMER_KEYS), former);
}

static void give_up_all(json_t *set, struct timestamp now)
{
    json_t *keys = json_object_get(set, "keys");
    json_t *key;
    size_t index;

    json_array_foreach(keys, index, key)
    {
        keep_public_part(set, key, now);
    }
    json_array_clear(keys);
}

static void retire_first(json_t *keys, struct timestamp now)
{
    json_object_set_new(json_array_get(keys, 0), RETIRED, json_integer(now.us / US_PER_S));
}

int token_file_rotate(const char *path, const char *algorithm, bool is_compromised, struct timestamp now,
                      struct arena *arena, const char **kid, struct error *err)
{
    CLEANUP(change_end) struct change change = {.fd = -1};
    json_t *keys;
    json_t *key;

    if (change_begin(path, &change, err) < 0)
        return -1;
    keys = json_object_get(change.set, "keys");
    key = generate_key(algorithm, err);
    if (key == NULL)
        return -1;
    *kid = kid_of(key, arena);
    if (is_compromised)
        give_up_all(change.set, now);
    else
        retire_first(keys, now);
    json_array_insert_new(keys, 0, key);
    if (is_compromised || json_object_get(change.set, TOKEN_REFRESH_KEY) == NULL)
        json_object_set_new(change.set, TOKEN_REFRESH_KEY, generate_refresh_key());
    return replace_file(path, change.set, &change.file, arena, err);
}

int token_file_prune(const char *path, int64_t lifetime_s, struct timestamp now, struct arena *arena, struct error *err)
{
    CLEANUP(change_end) struct change change = {.fd = -1};
    json_t *keys;
    int dropped = 0;

    if (change_begin(path, &change, err) < 0)
        return -1;
    keys = json_object_get(change.set, "keys");
    for (size_t i = json_array_size(keys) - 1; i > 0; i--) {
        json_int_t retired = json_integer_value(json_object_get(json_array_get(keys, i), RETIRED));

        if (retired + lifetime_s >= now.us / US_PER_S)
            continue;
        keep_public_part(change.set, json_array_get(keys, i), (struct timestamp){0});
        json_array_remove(keys, i);
        dropped++;
    }
    if (dropped > 0 && replace_file(path, change.set, &change.file, arena, err) < 0)
        return -1;
    return dropped;
}
