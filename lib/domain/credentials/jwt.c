#include "jwt.h"

#include <errno.h>
#include <jose/b64.h>
#include <jose/jws.h>
#include <string.h>

#include "base/jsonr.h"
#include "base/memory.h"
#include "base/text.h"

/* Longer than the headers that web servers accept. */
#define BYTES_MAX 8192
/* A double holds these seconds exactly; that is enough for 285 million years. */
#define TIME_MAXIMUM 9007199254740992.0

json_t *jwt_split(struct text token)
{
    const char *end = token.data + token.length;
    const char *first = memchr(token.data, '.', token.length);
    const char *second = first == NULL ? NULL : memchr(first + 1, '.', (size_t)(end - first - 1));

    if (second == NULL || memchr(second + 1, '.', (size_t)(end - second - 1)) != NULL)
        return NULL;
    return json_pack("{s:s%, s:s%, s:s%}", "protected", token.data, (size_t)(first - token.data), "payload", first + 1,
                     (size_t)(second - first - 1), "signature", second + 1, (size_t)(end - second - 1));
}

json_t *jwt_part(const json_t *jws, const char *name)
{
    const json_t *encoded = json_object_get(jws, name);
    char text[BYTES_MAX];
    size_t length = jose_b64_dec_buf(json_string_value(encoded), json_string_length(encoded), text, sizeof(text));
    json_t *part = length == SIZE_MAX ? NULL : jsonr_parse((struct text){text, length}, 0, NULL);

    if (json_is_object(part))
        return part;
    json_decref(part);
    return NULL;
}

struct jwt jwt_open(struct text text)
{
    return (struct jwt){.text = text, .digest = digest_of(text.data, text.length)};
}

void jwt_close(struct jwt *token)
{
    json_decref(token->claims);
    json_decref(token->header);
    json_decref(token->jws);
}

bool jwt_decode(struct jwt *token)
{
    if (token->jws == NULL && (token->jws = jwt_split(token->text)) != NULL) {
        token->header = jwt_part(token->jws, "protected");
        token->claims = jwt_part(token->jws, "payload");
    }
    return token->header != NULL && token->claims != NULL;
}

/* Signatures. If memory runs out, libjose fails without saying why, or leaves something out. */

static void note_memory(void)
{
    if (errno == ENOMEM)
        memory_ran_out(NULL);
}

struct text jwt_sign(const json_t *claims, const char *type, const json_t *key, struct arena *arena)
{
    CLEANUP(json_decrefp) json_t *jws = NULL;
    CLEANUP(json_decrefp) json_t *header = NULL;
    bool is_signed;

    errno = 0;
    jws = json_pack("{s:o}", "payload", jose_b64_enc_dump(claims));
    header = json_pack("{s:{s:O, s:s, s:O}}", "protected", "alg", json_object_get(key, "alg"), "typ", type, "kid",
                       json_object_get(key, "kid"));
    is_signed = jws != NULL && header != NULL && jose_jws_sig(NULL, jws, header, key);
    note_memory();
    if (!is_signed || memory_has_run_out())
        return (struct text){NULL, 0};
    return text_of(arena_printf(arena, "%s.%s.%s", json_string_value(json_object_get(jws, "protected")),
                                json_string_value(json_object_get(jws, "payload")),
                                json_string_value(json_object_get(jws, "signature"))));
}

bool jwt_is_signed_by(const json_t *jws, const json_t *key)
{
    bool is_good;

    errno = 0;
    jsonr_begin(); /* libjose reads the header itself */
    is_good = jose_jws_ver(NULL, jws, NULL, key, false);
    jsonr_end();
    if (!is_good)
        note_memory();
    return is_good;
}

/* Keys */

static bool is_text(const json_t *value, const char *expected)
{
    return json_is_string(value) && strcmp(json_string_value(value), expected) == 0;
}

/* True if the member is missing. */
static bool is_text_or_absent(const json_t *object, const char *name, const char *expected)
{
    const json_t *value = json_object_get(object, name);

    return value == NULL || is_text(value, expected);
}

static bool may_verify(const json_t *key)
{
    const json_t *operations = json_object_get(key, "key_ops");
    json_t *operation;
    size_t index;

    json_array_foreach(operations, index, operation)
    {
        if (is_text(operation, "verify"))
            return true;
    }
    return operations == NULL;
}

bool jwt_key_fits(const json_t *key, const char *algorithm)
{
    static const struct {
        const char *name;
        const char *type;
        const char *curve;
    } algorithms[] = {
#define JWS_ALGORITHM(name, type, curve) {name, type, curve},
#include "jws_algorithms.def"
#undef JWS_ALGORITHM
    };

    for (size_t i = 0; i < ARRAY_LENGTH(algorithms); i++)
        if (strcmp(algorithms[i].name, algorithm) == 0)
            return is_text(json_object_get(key, "kty"), algorithms[i].type) &&
                   (algorithms[i].curve == NULL || is_text(json_object_get(key, "crv"), algorithms[i].curve)) &&
                   is_text_or_absent(key, "alg", algorithm) && is_text_or_absent(key, "use", "sig") && may_verify(key);
    return false;
}

/* Claims */

bool jwt_names_audience(const json_t *audience, const char *name)
{
    json_t *item;
    size_t index;

    if (is_text(audience, name))
        return true;
    json_array_foreach(audience, index, item)
    {
        if (is_text(item, name))
            return true;
    }
    return false;
}

bool jwt_read_time(const json_t *claims, const char *name, int64_t *out)
{
    const json_t *claim = json_object_get(claims, name);

    if (!json_is_number(claim) || json_number_value(claim) < 0 || json_number_value(claim) > TIME_MAXIMUM)
        return false;
    *out = json_is_integer(claim) ? json_integer_value(claim) : (int64_t)json_real_value(claim);
    return true;
}

int jwt_refuse(struct error *err)
{
    return error_set(err, ERR_UNAUTHORIZED,
                     "The access token is malformed, forged, expired or not meant for this service.");
}
