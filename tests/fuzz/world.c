#include "world.h"

#include <assert.h>
#include <crypt.h>
#include <jose/b64.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "domain/access/secret.h"
#include "domain/credentials/access_token.h"
#include "domain/oauth/refresh_token.h"
#include "fuzz.h"
#include "keys.h"

#define BROWSER "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"

/* What inputs say, and what it stands for. */
static struct {
    const char *name;
    const char *prefix; /* of a secret of ours */
    enum world_thing thing;
    const char *text;
} words[] = {
    {"{key}", SECRET_PREFIX_API_KEY, WORLD_KEY, NULL},
    {"{pat}", SECRET_PREFIX_PERSONAL_TOKEN, WORLD_PERSONAL_TOKEN, NULL},
    {"{session}", SECRET_PREFIX_SESSION, WORLD_SESSION, NULL},
    {"{code}", SECRET_PREFIX_CODE, WORLD_CODE, NULL},
    {"{refresh}", SECRET_PREFIX_REFRESH_TOKEN, WORLD_GRANT, NULL},
    {"{device}", SECRET_PREFIX_DEVICE_CODE, WORLD_DEVICE, NULL},
    {"{secret}", SECRET_PREFIX_CLIENT, WORLD_CLIENT, NULL},
    {"{jwt}", NULL, WORLD_NOTHING, NULL},
    {"{grant_jwt}", NULL, WORLD_NOTHING, NULL},
    {"{issuer_jwt}", NULL, WORLD_NOTHING, NULL},
    {"{basic}", NULL, WORLD_NOTHING, NULL},
    {"{form_token}", NULL, WORLD_NOTHING, NULL},
    {"{anonymous_token}", NULL, WORLD_NOTHING, NULL},
    {"{nl}", NULL, WORLD_NOTHING, "\n"},
};

static struct {
    struct arena *arena; /* never closed */
    struct config config;
    const char *secrets[ARRAY_LENGTH(words)];
} world;

struct id world_id(enum world_thing thing)
{
    struct id id = {{0x01, 0x99, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, (uint8_t)thing}};

    return thing == WORLD_NOTHING ? (struct id){{0}} : id;
}

bool world_digest(const struct id *id, struct digest *out)
{
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        struct id known = world_id(words[i].thing);

        if (words[i].prefix == NULL || !id_equal(id, &known))
            continue;
        *out = digest_of(words[i].text, strlen(words[i].text));
        return true;
    }
    return false;
}

static void set(const char *name, const char *text)
{
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (strcmp(words[i].name, name) == 0)
            words[i].text = text;
}

static const char *word(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (strcmp(words[i].name, name) == 0)
            return words[i].text;
    abort();
}

/* Secrets */

static void make_secrets(void)
{
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        struct secret secret = {.id = world_id(words[i].thing)};
        char *text;

        if (words[i].prefix == NULL)
            continue;
        memset(secret.bytes, (int)words[i].thing, sizeof(secret.bytes));
        text = arena_alloc(world.arena, SECRET_TEXT_SIZE);
        secret_format(words[i].prefix, &secret, text);
        words[i].text = text;
    }
}

/* The client's id and secret as HTTP Basic has them. */
static const char *make_basic(void)
{
    const char *both = arena_printf(world.arena, WORLD_CLIENT_ID ":%s", word("{secret}"));
    unsigned char *text = arena_alloc(world.arena, 2 * strlen(both));

    EVP_EncodeBlock(text, (const unsigned char *)both, (int)strlen(both));
    return (const char *)text;
}

/* As http/browser.c derives it. */
static const char *make_form_token(const char *session)
{
    const char *source = arena_printf(world.arena, "form %s %s", BROWSER, session);
    struct digest digest = digest_of(source, strlen(source));
    char *text = arena_zalloc(world.arena, 64);

    jose_b64_enc_buf(digest.bytes, sizeof(digest.bytes), text, 63);
    return text;
}

/* Tokens */

static const char *issue(struct token_keys *keys, enum world_thing credential, const char *client)
{
    const struct token_terms terms = {.issuer = WORLD_PUBLIC_URL, .lifetime_s = S_PER_DAY};
    const struct token_subject subject = {.account_id = world_id(WORLD_USER),
                                          .kind = CREDENTIAL_OF_SERVICE,
                                          .credential_id = world_id(credential),
                                          .generation = 1,
                                          .client_id = text_of(client)};
    struct text token;
    struct error err;

    if (token_issue(keys, &terms, &subject, timestamp_now(), world.arena, &token, &err) < 0)
        abort();
    return token.data;
}

static const char *issue_elsewhere(void)
{
    json_t *key = keys_open(keys_issuer, 0);
    long long now_s = timestamp_now().us / US_PER_S;
    const char *claims = arena_printf(world.arena,
                                      "{\"iss\":\"" WORLD_ISSUER "\",\"aud\":\"orgs\",\"sub\":\"alice\","
                                      "\"email\":\"alice@example.org\",\"email_verified\":true,\"iat\":%lld,"
                                      "\"exp\":%lld}",
                                      now_s, now_s + S_PER_DAY);
    struct text token =
        keys_sign(world.arena, key, TEXT("{\"alg\":\"ES384\",\"typ\":\"at+jwt\",\"kid\":\"issuer\"}"), text_of(claims));

    assert(token.data != NULL);
    json_decref(key);
    return token.data;
}

struct digest world_salt(void)
{
    return digest_of("salt", 4);
}

/* The first one of the grant. */
static const char *make_refresh_token(struct token_keys *keys)
{
    const struct call call = {.keys = keys};
    const struct id grant = world_id(WORLD_GRANT);
    const struct digest salt = world_salt();
    char *text = arena_alloc(world.arena, SECRET_TEXT_SIZE);
    struct error err;

    if (refresh_token_write(&call, &grant, &salt, 1, text, &err) < 0)
        abort();
    return text;
}

static void make_tokens(const char *keys_path)
{
    struct token_keys *keys;
    struct error err;

    if (token_keys_open(keys_path, &keys, &err) < 0)
        abort();
    set("{jwt}", issue(keys, WORLD_KEY, NULL));
    set("{grant_jwt}", issue(keys, WORLD_GRANT, WORLD_CLIENT_ID));
    set("{issuer_jwt}", issue_elsewhere());
    set("{refresh}", make_refresh_token(keys));
    token_keys_close(keys);
}

/* The configuration */

static void read_configuration(const char *keys_path, const char *issuer_path)
{
    struct memory_file file = memory_file_open();
    const char *text = arena_printf(world.arena,
                                    "public_url = " WORLD_PUBLIC_URL "\nsigning_keys = %s\n"
                                    "cors_origins = https://app.example.org\ndatabase_option_file = /nonexistent\n"
                                    "[issuer \"" WORLD_ISSUER "\"]\naudience = orgs\njwks = %s\n"
                                    "algorithms = ES384 RS256\nmatch_users = yes\nprovision = yes\n",
                                    keys_path, issuer_path);
    struct error err;

    memory_file_write(&file, text, strlen(text));
    if (config_read(file.path, world.arena, &world.config, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
}

const struct config *world_open(void)
{
    struct memory_file ours = memory_file_open();
    struct memory_file issuer = memory_file_open();
    size_t count = 0;

    world.arena = arena_open();
    memory_file_write(&ours, keys_ours, strlen(keys_ours));
    memory_file_write(&issuer, keys_issuer, strlen(keys_issuer));
    read_configuration(arena_strndup(world.arena, ours.path, strlen(ours.path)), issuer.path);
    make_secrets();
    set("{basic}", make_basic());
    set("{form_token}", make_form_token(word("{session}")));
    set("{anonymous_token}", make_form_token(""));
    make_tokens(ours.path);
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (strlen(words[i].text) > 50) /* not what forms carry */
            world.secrets[count++] = words[i].text;
    return &world.config;
}

/* Inputs */

static void expand_word(struct text input, size_t *at, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        size_t length = strlen(words[i].name);

        if (input.length - *at < length || memcmp(input.data + *at, words[i].name, length) != 0)
            continue;
        buf_add_string(out, words[i].text);
        *at += length;
        return;
    }
    buf_add_char(out, input.data[(*at)++]);
}

struct text world_expand(struct arena *arena, struct text input)
{
    struct text expanded;
    struct buf out;
    size_t at = 0;

    buf_init(&out, (size_t)1024 * 1024);
    while (at < input.length)
        if (input.data[at] == '{')
            expand_word(input, &at, &out);
        else
            buf_add_char(&out, input.data[at++]);
    expanded = (struct text){arena_strndup(arena, out.data, out.length), out.length};
    buf_release(&out);
    return expanded;
}

const char *const *world_secrets(void)
{
    return world.secrets;
}

const char *const *world_internals(void)
{
    /* The first characters of the private keys, and of the hashes in world.h. */
    static const char *internals[] = {NULL, NULL, "hash-of-the-right-password", NULL};

    for (size_t i = 0; i < 2 && internals[i] == NULL; i++) {
        json_t *key = keys_open(keys_ours, i);
        const char *private_part = json_string_value(json_object_get(key, "d"));

        internals[i] = arena_strndup(world.arena, private_part, 20);
        json_decref(key);
    }
    return internals;
}

/* libcrypt's, made quick: a real hash takes a tenth of a second. The right password has the hashes of world.h. */

char *crypt_r(const char *phrase, const char *setting, struct crypt_data *data)
{
    bool is_right = strcmp(phrase, WORLD_PASSWORD) == 0;
    bool is_old = strncmp(setting, "$6$", 3) == 0;

    snprintf(data->output, sizeof(data->output), "%s", is_old ? WORLD_OLD_HASH : WORLD_HASH);
    if (!is_right)
        *strrchr(data->output, 'x') = 'w';
    return data->output;
}

char *crypt_gensalt_rn(const char *prefix, unsigned long count, const char *random, int random_size, char *out,
                       int out_size)
{
    (void)count;
    (void)random;
    (void)random_size;
    snprintf(out, (size_t)out_size, "%sj9T$xxxxxxxxxxxxxxxxxxxxxx", prefix);
    return out;
}

int crypt_checksalt(const char *setting)
{
    return strlen(setting) > 20 ? CRYPT_SALT_OK : CRYPT_SALT_INVALID;
}
