#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "memory.h"

#define BYTES(text) ((const uint8_t *)(text).data)

bool text_is_utf8(struct text text)
{
    return u8_check(BYTES(text), text.length) == NULL;
}

size_t text_length(struct text text)
{
    return u8_mbsnlen(BYTES(text), text.length);
}

bool text_has_control(struct text text)
{
    size_t at = 0;
    ucs4_t c;

    while (at < text.length) {
        at += (size_t)u8_mbtouc(&c, BYTES(text) + at, text.length - at);
        if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc))
            return true;
    }
    return false;
}

void text_blank_c1(char *utf8, char blank)
{
    for (unsigned char *at = (unsigned char *)utf8; *at != '\0'; at++) {
        if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0) {
            *at++ = (unsigned char)blank;
            *at = (unsigned char)blank;
        }
    }
}

bool text_has_outer_space(struct text text)
{
    const uint8_t *end = BYTES(text) + text.length;
    ucs4_t first;
    ucs4_t last;

    if (text.length == 0)
        return false;
    u8_mbtouc(&first, BYTES(text), text.length);
    u8_prev(&last, end, BYTES(text));
    return uc_is_property_white_space(first) || uc_is_property_white_space(last);
}

static struct text adopt(struct arena *arena, uint8_t *bytes, size_t length)
{
    struct text out;

    if (bytes == NULL) {
        memory_ran_out(NULL);
        return TEXT("");
    }
    out = (struct text){arena_strndup(arena, (const char *)bytes, length), length};
    free(bytes);
    return out;
}

static bool is_ascii(struct text text)
{
    for (size_t at = 0; at < text.length; at++)
        if ((unsigned char)text.data[at] >= 0x80)
            return false;
    return true;
}

struct text text_nfc(struct arena *arena, struct text text)
{
    size_t length;
    uint8_t *bytes;

    if (is_ascii(text))
        return (struct text){arena_strndup(arena, text.data, text.length), text.length};
    bytes = u8_normalize(UNINORM_NFC, BYTES(text), text.length, NULL, &length);
    return adopt(arena, bytes, length);
}

struct text text_fold(struct arena *arena, struct text text)
{
    struct text normal = text_nfc(arena, text);
    size_t length;
    uint8_t *bytes;

    if (normal.length == 0)
        return normal;
    bytes = u8_casefold(BYTES(normal), normal.length, NULL, UNINORM_NFC, NULL, &length);
    return adopt(arena, bytes, length);
}

struct text text_of(const char *string)
{
    return (struct text){string, string == NULL ? 0 : strlen(string)};
}

bool text_equal(struct text a, struct text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

bool text_has_word(const char *list, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = list; length > 0 && (at = strstr(at, word)) != NULL; at += length) {
        bool starts = at == list || at[-1] == ' ';
        bool ends = at[length] == '\0' || at[length] == ' ';

        if (starts && ends && strchr(word, ' ') == NULL)
            return true;
    }
    return false;
}
