#include "password_rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "domain/accounts/common_passwords.h"
#include "password.h"

#define CHARACTERS_MIN 12
#define BESIDES_NAMES_MIN 8
#define NAME_BYTES_MIN 3 /* shorter ones are in many words */
#define RUN_LENGTH 3

/* Lines that fingers and tongues follow, forwards and backwards. */
static const char *const lines[] = {
    "abcdefghijklmnopqrstuvwxyz", "01234567890",
    "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
};

static int compare(const void *key, const void *element)
{
    return strcmp(key, *(const char *const *)element);
}

static bool is_common(struct text key)
{
    return bsearch(key.data, common_passwords, ARRAY_LENGTH(common_passwords), sizeof(common_passwords[0]), compare) !=
           NULL;
}

/* True if the text is a shorter one that is written twice or more, and perhaps begun once more. */
static bool is_repetition(struct text key)
{
    for (size_t part = 1; part <= key.length / 2 && text_length((struct text){key.data, part}) < CHARACTERS_MIN; part++)
        if (memcmp(key.data, key.data + part, key.length - part) == 0)
            return true;
    return false;
}

static bool are_neighbours(char a, char b)
{
    if (a == b)
        return true;
    for (size_t i = 0; i < ARRAY_LENGTH(lines); i++)
        for (const char *at = lines[i]; at[1] != '\0'; at++)
            if ((at[0] == a && at[1] == b) || (at[0] == b && at[1] == a))
                return true;
    return false;
}

static bool is_sequence(struct text key)
{
    size_t runs = 1;

    for (size_t i = 1; i < key.length; i++)
        if (!are_neighbours(key.data[i - 1], key.data[i]))
            runs++;
    return runs * RUN_LENGTH <= key.length;
}

static bool is_easy(struct text key)
{
    return is_common(key) || is_repetition(key) || is_sequence(key);
}

/* Returns the letters and digits of a key, in the arena; what is not ASCII counts as letters. */
static struct text letters_of(struct arena *arena, struct text key)
{
    char *out = arena_zalloc(arena, key.length + 1);
    size_t length = 0;

    for (size_t i = 0; i < key.length; i++) {
        char c = key.data[i];

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80)
            out[length++] = c;
    }
    return (struct text){out, length};
}

/* Takes all that a name is out of the text. */
static void take_out(struct arena *arena, struct text *rest, struct text name)
{
    struct text letters = name.data == NULL ? name : letters_of(arena, text_key(arena, name));
    char *out = arena_zalloc(arena, rest->length + 1);
    size_t length = 0;
    size_t i = 0;

    if (letters.length < NAME_BYTES_MIN)
        return;
    while (i < rest->length) {
        if (i + letters.length <= rest->length && memcmp(rest->data + i, letters.data, letters.length) == 0)
            i += letters.length;
        else
            out[length++] = rest->data[i++];
    }
    *rest = (struct text){out, length};
}

static bool is_made_of_names(const struct call *call, struct text key, const struct password_owner *owner)
{
    struct arena *arena = call->arena;
    const char *at = owner->email.data == NULL ? NULL : strchr(owner->email.data, '@');
    struct text letters = letters_of(arena, key);
    struct text rest = letters;

    take_out(arena, &rest, owner->email);
    if (at != NULL) {
        take_out(arena, &rest, (struct text){owner->email.data, (size_t)(at - owner->email.data)});
        take_out(arena, &rest, text_of(at + 1));
    }
    take_out(arena, &rest, owner->username);
    take_out(arena, &rest, text_of(call->config->operator_name));
    return rest.length < letters.length && (text_length(rest) < BESIDES_NAMES_MIN || is_easy(rest));
}

/* crypt(3) sees nothing behind a NUL byte, and no form takes a password with a line end in it. */
static bool is_on_one_line(struct text password)
{
    return password.length == 0 || password.length == strcspn(password.data, "\r\n");
}

static int check_form(struct text password, struct error *err)
{
    _Static_assert(CHARACTERS_MIN == 12 && PASSWORD_BYTES_MAX == 256, "the sentence says so");
    if (!text_is_utf8(password) || !is_on_one_line(password))
        return error_set(err, ERR_VALIDATION,
                         N_("Choose another password: one line of UTF-8 text, without a NUL byte."));
    if (text_length(password) < CHARACTERS_MIN || password.length > PASSWORD_BYTES_MAX)
        return error_set(err, ERR_VALIDATION,
                         N_("Choose another password: of at least 12 characters and at most 256 bytes."));
    return 0;
}

int password_check(const struct call *call, struct text password, const struct password_owner *owner, struct error *err)
{
    struct text key;

    if (check_form(password, err) < 0)
        return -1;
    key = text_key(call->arena, password);
    if (is_easy(key))
        return error_set(err, ERR_VALIDATION,
                         N_("Choose another password: this one is common, repeats itself or follows the keyboard. "
                            "Several words that do not belong together are good."));
    if (is_made_of_names(call, key, owner))
        return error_set(err, ERR_VALIDATION,
                         N_("Choose another password: this one is little more than your user name, your address or the "
                            "name of this service."));
    return 0;
}
