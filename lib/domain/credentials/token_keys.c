#include <errno.h>
#include <jose/b64.h>
#include <jose/jwk.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access_token_private.h"
#include "base/jsonr.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "process/memory_pages.h"
#include "process/user.h"

#define REMEMBERED_BYTES (TOKENS_REMEMBERED_MAX * sizeof(struct remembered))

static const char *const algorithms[] = {"ES256", "RS256"};

bool token_algorithm_is_known(const char *name)
{
    for (size_t i = 0; name != NULL && i < ARRAY_LENGTH(algorithms); i++)
        if (strcmp(name, algorithms[i]) == 0)
            return true;
    return false;
}

static bool is_usable_key(const json_t *key)
{
    return json_string_value(json_object_get(key, "kid")) != NULL &&
           token_algorithm_is_known(json_string_value(json_object_get(key, "alg")));
}

#define MAKE_NEW "Put a copy back, or move the file away and make new keys with 'orgctl signing-key generate'."

/* What helps depends on whether there is a file. */
static int cannot_read(const char *path, const char *reason, struct error *err)
{
    char sentence[USER_SENTENCE_SIZE];

    if (access(path, R_OK) == 0)
        return error_set(err, ERR_INTERNAL, "cannot read the signing keys %s: %s. " MAKE_NEW, path, reason);
    if (errno == ENOENT)
        return error_set(err, ERR_INTERNAL,
                         "there are no signing keys %s. Make them with 'orgctl signing-key generate', or name the file "
                         "that has them (setting signing_keys).",
                         path);
    user_explain_access(path, sentence);
    return error_set(err, ERR_INTERNAL, "cannot read the signing keys %s: %s", path, sentence);
}

int token_file_read(const char *path, json_t **out, struct error *err)
{
    json_error_t error;
    json_t *set = jsonr_parse_file(path, JSON_REJECT_DUPLICATES, &error);
    json_t *keys = json_object_get(set, "keys");
    json_t *key;
    size_t index;

    if (set == NULL)
        return cannot_read(path, error.text, err);
    json_array_foreach(keys, index, key)
    {
        if (is_usable_key(key))
            continue;
        json_decref(set);
        return error_set(err, ERR_INTERNAL,
                         "%s: key %zu has no kid, or an alg that is neither ES256 nor RS256. " MAKE_NEW, path, index);
    }
    if (json_array_size(keys) == 0) {
        json_decref(set);
        return error_set(err, ERR_INTERNAL, "%s holds no keys. " MAKE_NEW, path);
    }
    *out = set;
    return 0;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool read_refresh_key(const json_t *set, uint8_t out[REFRESH_KEY_BYTES])
{
    const json_t *encoded = json_object_get(set, TOKEN_REFRESH_KEY);
    uint8_t key[REFRESH_KEY_BYTES];
    bool is_good = json_is_string(encoded) && jose_b64_dec_buf(json_string_value(encoded), json_string_length(encoded),
                                                               key, sizeof(key)) == sizeof(key);

    if (is_good)
        memcpy(out, key, sizeof(key));
    memory_wipe(key, sizeof(key));
    return is_good;
}

static int load(struct token_keys *keys, struct error *err)
{
    CLEANUP(json_decrefp) json_t *set = NULL;
    struct stat file = {0};

    if (stat(keys->path, &file) == 0 && keys->set != NULL && is_same_file(&file, &keys->file))
        return 0;
    if (token_file_read(keys->path, &set, err) < 0)
        return -1;
    if (!read_refresh_key(set, keys->refresh_key))
        return error_set(err, ERR_INTERNAL,
                         "%s has no good " TOKEN_REFRESH_KEY ". Make one with 'orgctl signing-key rotate'.",
                         keys->path);
    if (keys->set != NULL) /* a key that was removed verifies nothing any more */
        memset(keys->remembered, 0, REMEMBERED_BYTES);
    json_decref(keys->set);
    keys->set = json_incref(set);
    keys->file = file;
    return 0;
}

void token_keys_reload(struct token_keys *keys)
{
    struct error error;

    if (keys->is_current)
        return;
    keys->is_current = true;
    if (keys->failed_us != 0 && timestamp_monotonic_us() - keys->failed_us < US_PER_S)
        return;
    keys->failed_us = 0;
    if (load(keys, &error) == 0 || memory_has_run_out()) /* the next request will have memory again */
        return;
    keys->failed_us = timestamp_monotonic_us();
    log_error("signing keys: %s", error.message);
}

void token_keys_begin(struct token_keys *keys)
{
    keys->is_current = false;
}

int token_keys_open(const char *path, struct token_keys **out, struct error *err)
{
    struct token_keys *keys = calloc(1, sizeof(*keys));

    if (keys == NULL || (keys->path = strdup(path)) == NULL || (keys->remembered = pages_map(REMEMBERED_BYTES)) == NULL)
        abort();
    if (load(keys, err) < 0) {
        token_keys_close(keys);
        return -1;
    }
    *out = keys;
    return 0;
}

void token_keys_close(struct token_keys *keys)
{
    if (keys == NULL)
        return;
    json_decref(keys->set);
    memory_wipe(keys->refresh_key, sizeof(keys->refresh_key));
    free(keys->path);
    pages_unmap(keys->remembered, REMEMBERED_BYTES);
    free(keys);
}

int token_keys_mac(struct token_keys *keys, const void *data, size_t length, struct digest *out, struct error *err)
{
    token_keys_reload(keys);
    if (HMAC(EVP_sha256(), keys->refresh_key, REFRESH_KEY_BYTES, data, length, out->bytes, NULL) == NULL)
        return memory_ran_out(err);
    return 0;
}

/* Publishing */

json_t *token_public_part(const json_t *key)
{
    json_t *copy = json_deep_copy(key);

    if (!jose_jwk_pub(NULL, copy)) {
        json_decref(copy);
        return NULL;
    }
    json_object_del(copy, "orgd_retired");
    json_object_del(copy, "key_ops");
    return copy;
}

void token_write_public_keys(struct token_keys *keys, struct buf *out)
{
    json_t *set = json_pack("{s:[]}", "keys");
    json_t *key;
    size_t index;

    token_keys_reload(keys); /* another worker may still sign with the former key */
    json_array_foreach(json_object_get(keys->set, "keys"), index, key)
    {
        json_array_append_new(json_object_get(set, "keys"), token_public_part(key));
    }
    jsonw_value(out, set);
    json_decref(set);
}
