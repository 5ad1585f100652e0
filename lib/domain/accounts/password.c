#include "password.h"

#include <crypt.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

#define PREFERRED "$y$"
#define CHARACTERS_MIN 8

static const char *const known_prefixes[] = {PREFERRED, "$2a$", "$2b$", "$2y$", "$6$"};

static bool starts_with(struct text text, const char *prefix)
{
    return text.length >= strlen(prefix) && memcmp(text.data, prefix, strlen(prefix)) == 0;
}

bool password_hash_is_known(struct text hash)
{
    for (size_t i = 0; hash.data != NULL && i < ARRAY_LENGTH(known_prefixes); i++)
        if (starts_with(hash, known_prefixes[i]))
            return hash.length < CRYPT_OUTPUT_SIZE && crypt_checksalt(hash.data) == CRYPT_SALT_OK;
    return false;
}

bool password_hash_is_outdated(struct text hash)
{
    return !starts_with(hash, PREFERRED);
}

int password_check(struct text password, struct error *err)
{
    if (!text_is_utf8(password) || memchr(password.data, '\0', password.length) != NULL)
        return error_set(err, ERR_VALIDATION, "a password must be UTF-8 text");
    if (text_length(password) < CHARACTERS_MIN || password.length > PASSWORD_BYTES_MAX)
        return error_set(err, ERR_VALIDATION, "a password must have at least %d characters and at most %d bytes",
                         CHARACTERS_MIN, PASSWORD_BYTES_MAX);
    return 0;
}

/* Hashes the password with `setting`, a hash or a salt. Returns a text without data if that is not one. The password is
 * normalized (NFC), because another keyboard may compose the same characters in another way. */
static struct text run_crypt(struct arena *arena, struct text password, const char *setting)
{
    struct crypt_data *data = arena_zalloc(arena, sizeof(*data));
    struct text normal = text_nfc(arena, password);
    const char *hash;
    struct text result = {NULL, 0};

    errno = 0;
    hash = crypt_r(normal.data, setting, data);
    if (hash != NULL && hash[0] != '*')
        result = (struct text){arena_strndup(arena, hash, strlen(hash)), strlen(hash)};
    else if (errno == ENOMEM)
        memory_ran_out(NULL);
    memory_wipe(data, sizeof(*data));
    return result;
}

/* The same for a good setting. Then only memory can be missing, which libxcrypt does not always report by ENOMEM. */
static struct text run_good_crypt(struct arena *arena, struct text password, const char *setting)
{
    struct text hash = run_crypt(arena, password, setting);

    if (hash.data == NULL)
        memory_ran_out(NULL);
    return hash;
}

bool password_hash_is_whole(struct arena *arena, struct text hash)
{
    return password_hash_is_known(hash) && run_crypt(arena, TEXT("any"), hash.data).length == hash.length;
}

struct text password_hash(struct arena *arena, struct text password)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];

    if (crypt_gensalt_rn(PREFERRED, 0, NULL, 0, setting, sizeof(setting)) == NULL)
        abort();
    return run_good_crypt(arena, password, setting);
}

bool password_verify(struct arena *arena, struct text password, struct text hash)
{
    /* The hash of a random password. The password of an unknown user is compared with it. */
    static const char nobody[] = "$y$j9T$Vdu6Bc1yPVpXd3gQYJ9Zc/$O8djIyyn1d8eWLIZnMZxbxtp0HtdNiyBYutjIkZ4gF.";
    bool is_real = password_hash_is_known(hash);
    struct text made;

    if (password.length > PASSWORD_BYTES_MAX || !text_is_utf8(password) ||
        memchr(password.data, '\0', password.length) != NULL)
        password = TEXT("");
    made = run_good_crypt(arena, password, is_real ? hash.data : nobody);
    if (is_real && password_hash_is_outdated(hash))
        run_crypt(arena, password, nobody); /* older kinds are quicker, which would show that the user exists */
    return is_real && made.data != NULL && password.length > 0 && made.length == hash.length &&
           CRYPTO_memcmp(made.data, hash.data, hash.length) == 0;
}
