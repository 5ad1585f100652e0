#include "issuer_keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/jsonr.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "jwt.h"
#include "web/http_fetch.h"

#define FILE_INTERVAL_US US_PER_S
/* A stranger's token can name any kid, so ask the issuer at most this often. */
#define UNKNOWN_KID_INTERVAL_US (30 * US_PER_S)
#define BACK_OFF_MIN_US US_PER_S
#define BACK_OFF_MAX_US (300 * US_PER_S)

struct issuer_keys {
    const struct issuer_settings *issuer;
    json_t *set; /* an array of public keys; NULL until the first success */
    int64_t generation;
    int64_t tried_us;
    int64_t read_us; /* the time of the last success */
    int64_t back_off_us;
    struct stat file; /* as it was read */
};

struct issuer_keys *issuer_keys_open(const struct issuer_settings *issuer)
{
    struct issuer_keys *keys = calloc(1, sizeof(*keys));

    if (keys == NULL)
        abort();
    keys->issuer = issuer;
    return keys;
}

void issuer_keys_close(struct issuer_keys *keys)
{
    if (keys == NULL)
        return;
    json_decref(keys->set);
    free(keys);
}

/* The set */

/* Copies what verifying needs; NULL if memory ran out. Leaves out private and symmetric keys' members. */
static json_t *public_part(const json_t *key)
{
    static const char *const members[] = {"kty", "kid", "alg", "use", "key_ops", "crv", "x", "y", "n", "e"};
    json_t *part = json_object();

    for (size_t i = 0; i < ARRAY_LENGTH(members); i++) {
        if (json_object_get(key, members[i]) == NULL ||
            json_object_set(part, members[i], json_object_get(key, members[i])) == 0)
            continue;
        json_decref(part);
        return NULL;
    }
    return part;
}

static int replace_set(struct issuer_keys *keys, const json_t *set, struct error *err)
{
    json_t *parts = json_array();
    bool is_whole = parts != NULL;
    json_t *key;
    size_t index;

    json_array_foreach(set, index, key)
    {
        is_whole = is_whole && json_array_append_new(parts, public_part(key)) == 0;
    }
    if (!is_whole) {
        json_decref(parts);
        return error_set(err, ERR_UNAVAILABLE, "memory ran out");
    }
    if (keys->set != NULL && json_equal(keys->set, parts)) {
        json_decref(parts);
        return 0;
    }
    json_decref(keys->set);
    keys->set = parts;
    keys->generation++;
    return 0;
}

static int parse(struct issuer_keys *keys, const struct buf *text, struct error *err)
{
    json_error_t error = {.text = ""};
    json_t *document = jsonr_parse((struct text){text->data, text->length}, JSON_REJECT_DUPLICATES, &error);
    const json_t *set = json_object_get(document, "keys");
    int result;

    if (json_is_array(set))
        result = replace_set(keys, set, err);
    else
        result = error_set(err, ERR_UNAVAILABLE, "this is not a JWK Set%s%s", document == NULL ? ": " : "", error.text);
    json_decref(document);
    return result;
}

/* Its sources */

static bool is_file(const struct issuer_keys *keys)
{
    return keys->issuer->jwks[0] == '/';
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           memcmp(&a->st_mtim, &b->st_mtim, sizeof(a->st_mtim)) == 0 &&
           memcmp(&a->st_ctim, &b->st_ctim, sizeof(a->st_ctim)) == 0;
}

static int read_file(const char *path, struct buf *out, struct error *err)
{
    FILE *file = fopen(path, "re");
    bool is_read;

    if (file == NULL)
        return error_set(err, ERR_UNAVAILABLE, "%s", strerror(errno));
    is_read = buf_add_stream(out, file);
    fclose(file);
    if (out->overflowed)
        return error_set(err, ERR_UNAVAILABLE, "the file is longer than %zu bytes", ISSUER_KEYS_BYTES_MAX);
    return is_read ? 0 : error_set(err, ERR_UNAVAILABLE, "it cannot be read");
}

/* Reads the file if it has changed since it was last read. */
static int look_at_file(struct issuer_keys *keys, struct buf *text, struct error *err)
{
    const char *path = keys->issuer->jwks;
    struct stat file;

    if (stat(path, &file) != 0)
        return error_set(err, ERR_UNAVAILABLE, "%s", strerror(errno));
    if (keys->set != NULL && is_same_file(&file, &keys->file))
        return 0;
    if (!S_ISREG(file.st_mode))
        return error_set(err, ERR_UNAVAILABLE, "this is not a file");
    if (read_file(path, text, err) < 0 || parse(keys, text, err) < 0)
        return -1;
    keys->file = file;
    return 0;
}

static int look_at_url(struct issuer_keys *keys, struct buf *text, struct error *err)
{
    if (http_fetch(keys->issuer->jwks, keys->issuer->jwks_timeout, text, err) < 0)
        return -1;
    return parse(keys, text, err);
}

/* Sets the pause after a failure. It grows for a URL, up to five minutes. A file costs nothing to look at. */
static void note_failure(struct issuer_keys *keys, const struct error *cause)
{
    int64_t next_us = keys->back_off_us == 0 ? BACK_OFF_MIN_US : keys->back_off_us * 2;
    bool is_news = keys->back_off_us == 0 || !is_file(keys);

    if (is_file(keys))
        next_us = FILE_INTERVAL_US;
    keys->back_off_us = next_us > BACK_OFF_MAX_US ? BACK_OFF_MAX_US : next_us;
    if (is_news)
        log_warning("issuer %s: cannot read its keys: %s (%s)%s", keys->issuer->url, cause->message, keys->issuer->jwks,
                    keys->set == NULL ? "" : "; the keys read before stay");
}

static int look_at_source(struct issuer_keys *keys, struct error *err)
{
    struct buf text;
    int result;

    buf_init(&text, ISSUER_KEYS_BYTES_MAX);
    result = is_file(keys) ? look_at_file(keys, &text, err) : look_at_url(keys, &text, err);
    buf_release(&text);
    return result;
}

int issuer_keys_check(const struct issuer_settings *issuer, struct error *err)
{
    struct issuer_keys *keys = issuer_keys_open(issuer);
    int result = look_at_source(keys, err);

    issuer_keys_close(keys);
    return result;
}

static void look(struct issuer_keys *keys, int64_t now_us)
{
    int64_t start_us = timestamp_monotonic_us();
    struct error cause;
    int result = look_at_source(keys, &cause);

    keys->tried_us = now_us + (timestamp_monotonic_us() - start_us); /* the pause begins when the wait is over */
    if (result < 0) {
        note_failure(keys, &cause);
        return;
    }
    keys->read_us = now_us;
    keys->back_off_us = 0;
}

/* When to look */

static int64_t interval_us(const struct issuer_keys *keys)
{
    return is_file(keys) ? FILE_INTERVAL_US : keys->issuer->jwks_max_age * US_PER_S;
}

static bool is_backing_off(const struct issuer_keys *keys, int64_t now_us)
{
    return keys->back_off_us > 0 && now_us - keys->tried_us < keys->back_off_us;
}

int issuer_keys_refresh(struct issuer_keys *keys, int64_t now_us, struct error *err)
{
    if ((keys->set == NULL || now_us - keys->read_us >= interval_us(keys)) && !is_backing_off(keys, now_us))
        look(keys, now_us);
    if (keys->set == NULL)
        return error_set(err, ERR_UNAVAILABLE,
                         "The issuer of the access token cannot be reached at the moment. Try again later.");
    return 0;
}

int64_t issuer_keys_generation(const struct issuer_keys *keys)
{
    return keys->generation;
}

static bool has_kid(const json_t *key, const char *kid)
{
    const char *own = json_string_value(json_object_get(key, "kid"));

    return own != NULL && strcmp(own, kid) == 0;
}

/* Counts the keys that fit, and returns the last one of them. */
static size_t count_fitting(const struct issuer_keys *keys, const char *algorithm, const char *kid, const json_t **out)
{
    size_t count = 0;
    json_t *key;
    size_t index;

    json_array_foreach(keys->set, index, key)
    {
        if ((kid == NULL || has_kid(key, kid)) && jwt_key_fits(key, algorithm)) {
            *out = key;
            count++;
        }
    }
    return count;
}

const json_t *issuer_keys_find(struct issuer_keys *keys, const char *algorithm, const char *kid, int64_t now_us)
{
    const json_t *key;
    size_t count = count_fitting(keys, algorithm, kid, &key);

    if (count == 0 && !is_file(keys) && now_us - keys->tried_us >= UNKNOWN_KID_INTERVAL_US &&
        !is_backing_off(keys, now_us)) {
        look(keys, now_us);
        count = count_fitting(keys, algorithm, kid, &key);
    }
    return count == 1 ? key : NULL;
}
