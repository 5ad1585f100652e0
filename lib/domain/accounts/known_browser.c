#include "known_browser.h"

#include <jose/b64.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/digest.h"
#include "base/memory.h"
#include "base/random.h"

#define NUMBER_BYTES 16

struct content {
    uint8_t number[NUMBER_BYTES];
    struct digest codes[KNOWN_BROWSER_USERS_MAX]; /* the latest first */
};

/* Returns how many codes the cookie has; -1 if it is none of ours. */
static int read_cookie(struct text cookie, struct content *out)
{
    size_t length = cookie.data == NULL ? SIZE_MAX : jose_b64_dec_buf(cookie.data, cookie.length, NULL, 0);

    if (length < NUMBER_BYTES || length > sizeof(*out) || (length - NUMBER_BYTES) % sizeof(struct digest) != 0 ||
        jose_b64_dec_buf(cookie.data, cookie.length, out, sizeof(*out)) != length)
        return -1;
    return (int)((length - NUMBER_BYTES) / sizeof(struct digest));
}

/* Returns false if memory has run out. */
static bool make_code(const uint8_t number[NUMBER_BYTES], const struct id *account_id, struct text hash,
                      struct digest *out)
{
    uint8_t what[NUMBER_BYTES + sizeof(account_id->bytes)];
    unsigned length = sizeof(out->bytes);

    memcpy(what, number, NUMBER_BYTES);
    memcpy(what + NUMBER_BYTES, account_id->bytes, sizeof(account_id->bytes));
    if (HMAC(EVP_sha256(), hash.data, (int)hash.length, what, sizeof(what), out->bytes, &length) != NULL)
        return true;
    memory_ran_out(NULL);
    return false;
}

static int find_code(const struct content *content, int count, const struct digest *code)
{
    for (int i = 0; i < count; i++)
        if (digest_equal(&content->codes[i], code))
            return i;
    return -1;
}

static struct text encode(struct arena *arena, const void *data, size_t length)
{
    size_t size = jose_b64_enc_buf(NULL, length, NULL, 0);
    char *text = arena_zalloc(arena, size + 1);

    jose_b64_enc_buf(data, length, text, size);
    return (struct text){text, size};
}

bool known_browser_is(struct arena *arena, struct text cookie, const struct id *account_id, struct text hash,
                      struct text *key)
{
    struct content content;
    struct digest code;
    int count = read_cookie(cookie, &content);

    if (count < 0 || hash.data == NULL || !make_code(content.number, account_id, hash, &code) ||
        find_code(&content, count, &code) < 0)
        return false;
    *key = encode(arena, &code, sizeof(code));
    return true;
}

struct text known_browser_add(struct arena *arena, struct text cookie, const struct id *account_id, struct text hash)
{
    struct content content;
    struct digest code = {{0}};
    int count = read_cookie(cookie, &content);
    int place;

    if (count < 0) {
        random_fill(content.number, sizeof(content.number));
        count = 0;
    }
    if (!make_code(content.number, account_id, hash, &code))
        return (struct text){NULL, 0};
    place = find_code(&content, count, &code);
    if (place < 0)
        place = count < KNOWN_BROWSER_USERS_MAX ? count++ : count - 1;
    memmove(content.codes + 1, content.codes, (size_t)place * sizeof(struct digest));
    content.codes[0] = code;
    return encode(arena, &content, NUMBER_BYTES + (size_t)count * sizeof(struct digest));
}
