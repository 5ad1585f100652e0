#include "password.h"

#include <crypt.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

#define YESCRYPT "$y$"
#define SHA512 "$6$"
#define CHARACTERS_USUAL 12

/* Times are those of one common processor of 2023, in microseconds. Only their ratios matter. */
#define BCRYPT_US 50                /* for 2^0 rounds */
#define YESCRYPT_BLOCKS_PER_MS 6700 /* blocks of 128 bytes, N * r */
#define SHA512_BLOCKS_PER_US 4      /* blocks of 128 bytes */
#define SHA512_ROUNDS "rounds="
#define SHA512_ROUNDS_USUAL 5000
#define SHA512_ROUNDS_MIN 1000

/* Hashes made elsewhere that cost more are not taken. */
#define BCRYPT_COST_MAX 12
#define COST_US_MAX (BCRYPT_US << BCRYPT_COST_MAX)

#define BCRYPT_SETTING_LENGTH 29 /* "$2b$12$" and the salt */
#define BCRYPT_BYTES_MAX 72      /* bcrypt looks at no more of a password */

/* What new hashes begin with, and the number that crypt_gensalt() makes that of; and the setting of the hash of a
 * random password, with which that of an unknown user is compared. libxcrypt before 4.3 has no yescrypt: sha512-crypt
 * takes as long there. */
#ifdef HAVE_YESCRYPT
#define PREFERRED YESCRYPT
#define PREFERRED_COUNT 0
static const char nobody[] = PREFERRED "j9T$Vdu6Bc1yPVpXd3gQYJ9Zc/$O8djIyyn1d8eWLIZnMZxbxtp0HtdNiyBYutjIkZ4gF.";
#else
#define PREFERRED SHA512 SHA512_ROUNDS "80000$"
#define PREFERRED_COUNT 80000
static const char nobody[] = PREFERRED "Vdu6Bc1yPVpXd3gQ$";
#endif

static bool starts_with(struct text text, const char *prefix)
{
    return text.length >= strlen(prefix) && memcmp(text.data, prefix, strlen(prefix)) == 0;
}

static bool is_bcrypt(struct text hash)
{
    return starts_with(hash, "$2a$") || starts_with(hash, "$2b$") || starts_with(hash, "$2y$");
}

/* Cost as in "$2b$12$". */
static int64_t bcrypt_cost_us(struct text hash)
{
    const char *digits = hash.data + 4;

    if (hash.length < 7 || digits[0] < '0' || digits[0] > '3' || digits[1] < '0' || digits[1] > '9')
        return 0;
    return (int64_t)BCRYPT_US << ((digits[0] - '0') * 10 + digits[1] - '0');
}

/* Returns the value of a digit of crypt(5)'s base 64; -1 if it is none. */
static int digit_of(char c)
{
    static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const char *at = c == '\0' ? NULL : strchr(digits, c);

    return at == NULL ? -1 : (int)(at - digits);
}

/* As in "$y$j9T$": the flavour, the logarithm of N less one, r less one. */
static int64_t yescrypt_cost_us(struct text hash)
{
    int log_n;
    int r;

    if (hash.length < 7 || hash.data[3] != 'j' || hash.data[6] != '$')
        return 0;
    log_n = digit_of(hash.data[4]) + 1;
    r = digit_of(hash.data[5]) + 1;
    return log_n <= 0 || log_n > 40 || r <= 0 ? 0 : ((int64_t)r << log_n) * 1000 / YESCRYPT_BLOCKS_PER_MS;
}

/* Returns how many blocks 21 rounds hash on average: the password once in every round and again in six of seven, the
 * salt in two of three, and the digest. */
static int64_t sha512_blocks_of_21_rounds(size_t password_length)
{
    const size_t padding = 17;
    const size_t digest = 64;
    const size_t salt = 16;
    const size_t block = 128;
    size_t least = digest + password_length + padding + block - 1;

    return (int64_t)(least / block + 6 * ((least + password_length) / block) + 2 * ((least + salt) / block) +
                     12 * ((least + salt + password_length) / block));
}

static int64_t sha512_cost_us(struct text hash, size_t password_length)
{
    const char *setting = hash.data + strlen(SHA512);
    int64_t rounds = SHA512_ROUNDS_USUAL;

    if (starts_with(hash, SHA512 SHA512_ROUNDS))
        rounds = strtoll(setting + strlen(SHA512_ROUNDS), NULL, 10);
    if (rounds <= 0 || rounds > INT32_MAX)
        return 0;
    return (rounds * sha512_blocks_of_21_rounds(password_length) - 1) / ((int64_t)21 * SHA512_BLOCKS_PER_US) + 1;
}

/* Returns how long crypt(3) takes for this hash, or for its beginning; 0 if the kind is not known. */
static int64_t cost_us(struct text hash, size_t password_length)
{
    if (hash.data == NULL)
        return 0;
    if (starts_with(hash, YESCRYPT))
        return yescrypt_cost_us(hash);
    if (is_bcrypt(hash))
        return bcrypt_cost_us(hash);
    return starts_with(hash, SHA512) ? sha512_cost_us(hash, password_length) : 0;
}

int64_t password_hash_cost(struct text hash)
{
    return cost_us(hash, CHARACTERS_USUAL);
}

/* True if crypt(3) takes this setting. */
static bool is_setting(struct text hash)
{
#ifdef HAVE_YESCRYPT
    return crypt_checksalt(hash.data) == CRYPT_SALT_OK;
#else
    return !starts_with(hash, YESCRYPT);
#endif
}

static bool is_known(struct text hash)
{
    return password_hash_cost(hash) > 0 && hash.length < CRYPT_OUTPUT_SIZE && is_setting(hash);
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

/* Returns how much of a hash says how to make it. */
static size_t setting_length(struct text hash)
{
    return is_bcrypt(hash) ? BCRYPT_SETTING_LENGTH : (size_t)(strrchr(hash.data, '$') - hash.data) + 1;
}

/* True if crypt(3) could ever make this hash: a salt that it would write in another way never verifies. */
static bool can_be_made(struct arena *arena, struct text hash)
{
    struct text made = run_crypt(arena, TEXT("any"), hash.data);

    return made.data != NULL && made.length == hash.length && memcmp(made.data, hash.data, setting_length(hash)) == 0;
}

int password_hash_check(struct arena *arena, struct text hash, struct error *err)
{
    if (password_hash_cost(hash) > COST_US_MAX)
        return error_set(err, ERR_VALIDATION,
                         "checking this hash would take too long at each sign-in: bcrypt's cost may be at most %d, the "
                         "rounds of sha512-crypt at most %d, and yescrypt may take at most 128 MiB",
                         BCRYPT_COST_MAX, COST_US_MAX * SHA512_BLOCKS_PER_US);
    if (!is_known(hash) || !can_be_made(arena, hash))
        return error_set(err, ERR_VALIDATION,
                         "this is not a yescrypt, bcrypt or sha512-crypt hash as crypt(5) of this host writes it");
    return 0;
}

struct text password_hash(struct arena *arena, struct text password)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];

    if (crypt_gensalt_rn(PREFERRED, PREFERRED_COUNT, NULL, 0, setting, sizeof(setting)) == NULL)
        abort();
    return run_good_crypt(arena, password, setting);
}

/* Takes so long, with a password that nobody has. */
static void spend(struct arena *arena, int64_t us)
{
    char setting[64];
    int64_t rounds = us * SHA512_BLOCKS_PER_US;

    if (rounds < SHA512_ROUNDS_MIN)
        return;
    snprintf(setting, sizeof(setting), SHA512 SHA512_ROUNDS "%lld$nobody$", (long long)rounds);
    run_good_crypt(arena, TEXT("nobody"), setting);
}

bool password_verify(struct arena *arena, struct text password, struct text hash, struct text costliest)
{
    bool is_real = is_known(hash);
    struct text made;
    int64_t longest_us;

    if (password.length > PASSWORD_BYTES_MAX || !text_is_utf8(password) ||
        memchr(password.data, '\0', password.length) != NULL)
        password = TEXT("");
    made = run_good_crypt(arena, password, is_real ? hash.data : nobody);
    longest_us = cost_us(costliest, password.length);
    if (longest_us < cost_us(TEXT(nobody), password.length))
        longest_us = cost_us(TEXT(nobody), password.length);
    spend(arena, longest_us - cost_us(is_real ? hash : TEXT(nobody), password.length));
    return is_real && made.data != NULL && password.length > 0 && made.length == hash.length &&
           CRYPTO_memcmp(made.data, hash.data, hash.length) == 0;
}

bool password_is_to_be_rehashed(struct arena *arena, struct text password, struct text hash)
{
    if (starts_with(hash, PREFERRED))
        return false;
    return !is_bcrypt(hash) || text_nfc(arena, password).length < BCRYPT_BYTES_MAX;
}
