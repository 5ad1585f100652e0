#include <errno.h>
#include <fcntl.h>
#include <jose/jwk.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access_token.h"

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

/* Writes a new file and renames it, so that workers always find a whole one. */
static int replace_file(const char *path, const json_t *set, const struct stat *like, struct arena *arena,
                        struct error *err)
{
    const char *temporary = arena_printf(arena, "%s.%d", path, (int)getpid());
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_good = fd >= 0;

    if (is_good && like != NULL)
        is_good = fchmod(fd, like->st_mode & 0777) == 0 &&
                  (like->st_uid == geteuid() || fchown(fd, like->st_uid, like->st_gid) == 0);
    is_good = is_good && json_dumpfd(set, fd, JSON_INDENT(2)) == 0 && fsync(fd) == 0;
    if (fd >= 0 && close(fd) != 0)
        is_good = false;
    if (is_good && rename(temporary, path) == 0)
        return 0;
    error_set(err, ERR_INTERNAL, "cannot write %s: %s", path, strerror(errno));
    if (fd >= 0)
        unlink(temporary);
    return -1;
}

/* Reads the file, and the owner and mode that its successor gets. */
static int read_to_replace(const char *path, json_t **out, struct stat *like, struct error *err)
{
    if (token_file_read(path, out, err) < 0)
        return -1;
    if (stat(path, like) == 0)
        return 0;
    json_decref(*out);
    return error_set(err, ERR_INTERNAL, "cannot read %s: %s", path, strerror(errno));
}

static const char *kid_of(const json_t *key, struct arena *arena)
{
    const char *kid = json_string_value(json_object_get(key, "kid"));

    return arena_strndup(arena, kid, strlen(kid));
}

int token_file_generate(const char *path, const char *algorithm, struct arena *arena, const char **kid,
                        struct error *err)
{
    json_t *key;
    json_t *set;
    int result;

    if (access(path, F_OK) == 0)
        return error_set(err, ERR_EXISTS, "%s exists already; use 'orgctl signing-key rotate' for a new key", path);
    key = generate_key(algorithm, err);
    if (key == NULL)
        return -1;
    *kid = kid_of(key, arena);
    set = json_pack("{s:[o]}", "keys", key);
    result = replace_file(path, set, NULL, arena, err);
    json_decref(set);
    return result;
}

int token_file_rotate(const char *path, const char *algorithm, struct timestamp now, struct arena *arena,
                      const char **kid, struct error *err)
{
    struct stat like;
    json_t *set;
    json_t *keys;
    json_t *key;
    int result;

    if (read_to_replace(path, &set, &like, err) < 0)
        return -1;
    keys = json_object_get(set, "keys");
    key = generate_key(algorithm, err);
    if (key == NULL) {
        json_decref(set);
        return -1;
    }
    *kid = kid_of(key, arena);
    json_object_set_new(json_array_get(keys, 0), RETIRED, json_integer(now.us / US_PER_S));
    json_array_insert_new(keys, 0, key);
    result = replace_file(path, set, &like, arena, err);
    json_decref(set);
    return result;
}

int token_file_prune(const char *path, int64_t lifetime_s, struct timestamp now, struct error *err)
{
    struct arena *arena;
    struct stat like;
    json_t *set;
    json_t *keys;
    int dropped = 0;

    if (read_to_replace(path, &set, &like, err) < 0)
        return -1;
    keys = json_object_get(set, "keys");
    for (size_t i = json_array_size(keys) - 1; i > 0; i--) {
        json_int_t retired = json_integer_value(json_object_get(json_array_get(keys, i), RETIRED));

        if (retired + lifetime_s >= now.us / US_PER_S)
            continue;
        json_array_remove(keys, i);
        dropped++;
    }
    arena = arena_open();
    if (dropped > 0 && replace_file(path, set, &like, arena, err) < 0)
        dropped = -1;
    json_decref(set);
    arena_close(arena);
    return dropped;
}
