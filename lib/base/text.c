#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>
#include <uniwidth.h>

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

static bool has_any(struct text text, bool (*is_it)(ucs4_t c))
{
    size_t at = 0;
    ucs4_t c;

    while (at < text.length) {
        at += (size_t)u8_mbtouc(&c, BYTES(text) + at, text.length - at);
        if (is_it(c))
            return true;
    }
    return false;
}

static bool is_control(ucs4_t c)
{
    return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc);
}

bool text_has_control(struct text text)
{
    return has_any(text, is_control);
}

static bool is_unassigned(ucs4_t c)
{
    return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cn);
}

bool text_has_unassigned(struct text text)
{
    return has_any(text, is_unassigned);
}

bool text_has_bidi_control(struct text text)
{
    return has_any(text, uc_is_property_bidi_control);
}

size_t text_width(struct text text)
{
    int width = u8_width(BYTES(text), text.length, "UTF-8");

    return width < 0 ? 0 : (size_t)width;
}

static ucs4_t printable(ucs4_t c)
{
    if (is_control(c))
        return ' ';
    return uc_is_property_bidi_control(c) || c == 0x2028 || c == 0x2029 ? 0xfffd : c;
}

const char *text_printable(struct arena *arena, struct text text)
{
    const size_t capacity = 3 * text.length + 4; /* U+FFFD takes three bytes, also where it stands for a bad one */
    uint8_t *out = arena_alloc(arena, capacity + 1);
    size_t length = 0;
    ucs4_t c;

    for (size_t at = 0; at < text.length;) {
        at += (size_t)u8_mbtouc(&c, BYTES(text) + at, text.length - at);
        length += (size_t)u8_uctomb(out + length, printable(c), (ptrdiff_t)(capacity - length));
    }
    out[length] = '\0';
    return (const char *)out;
}

const char *text_escape_json(struct arena *arena, struct text json)
{
    const size_t capacity = 6 * json.length + 1;
    char *out = arena_alloc(arena, capacity);
    size_t length = 0;

    for (size_t at = 0; at < json.length;) {
        ucs4_t c;
        size_t bytes = (size_t)u8_mbtouc(&c, BYTES(json) + at, json.length - at);

        if (printable(c) == c) {
            memcpy(out + length, json.data + at, bytes);
            length += bytes;
        } else {
            length += (size_t)snprintf(out + length, capacity - length, "\\u%04x", (unsigned)c);
        }
        at += bytes;
    }
    out[length] = '\0';
    return out;
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
    bool is_first = true;
    bool is_space = false; /* the last one that is seen */
    size_t at = 0;
    ucs4_t c;

    while (at < text.length) {
        at += (size_t)u8_mbtouc(&c, BYTES(text) + at, text.length - at);
        if (uc_is_property_default_ignorable_code_point(c))
            continue;
        is_space = uc_is_property_white_space(c);
        if (is_first && is_space)
            return true;
        is_first = false;
    }
    return is_space;
}

static bool is_nothing_to_see(ucs4_t c)
{
    return uc_is_property_white_space(c) || uc_is_property_default_ignorable_code_point(c);
}

struct text text_trim(struct text text)
{
    const uint8_t *last;
    ucs4_t c;

    while (text.length > 0) {
        size_t size = (size_t)u8_mbtouc(&c, BYTES(text), text.length);

        if (!is_nothing_to_see(c))
            break;
        text = (struct text){text.data + size, text.length - size};
    }
    while (text.length > 0 && (last = u8_prev(&c, BYTES(text) + text.length, BYTES(text))) != NULL &&
           is_nothing_to_see(c))
        text.length = (size_t)(last - BYTES(text));
    return text.length > 0 ? text : (struct text){NULL, 0};
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

static struct text without_ignorable(struct arena *arena, struct text text)
{
    char *kept = arena_alloc(arena, text.length + 1);
    size_t length = 0;
    size_t size;
    ucs4_t c;

    for (size_t at = 0; at < text.length; at += size) {
        size = (size_t)u8_mbtouc(&c, BYTES(text) + at, text.length - at);
        if (uc_is_property_default_ignorable_code_point(c))
            continue;
        memcpy(kept + length, text.data + at, size);
        length += size;
    }
    kept[length] = '\0';
    return (struct text){kept, length};
}

static struct text lower_ascii(struct arena *arena, struct text text)
{
    char *lower = arena_strndup(arena, text.data, text.length);

    for (size_t at = 0; at < text.length; at++)
        if (lower[at] >= 'A' && lower[at] <= 'Z')
            lower[at] = (char)(lower[at] - 'A' + 'a');
    return (struct text){lower, text.length};
}

struct text text_key(struct arena *arena, struct text text)
{
    struct text seen;
    size_t length;
    uint8_t *bytes;

    if (is_ascii(text))
        return lower_ascii(arena, text);
    seen = without_ignorable(arena, text);
    if (seen.length == 0)
        return seen;
    bytes = u8_casefold(BYTES(seen), seen.length, NULL, UNINORM_NFKC, NULL, &length);
    return text_nfc(arena, without_ignorable(arena, adopt(arena, bytes, length)));
}

struct text text_of(const char *string)
{
    return (struct text){string, string == NULL ? 0 : strlen(string)};
}

bool text_equal(struct text a, struct text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

bool text_is_same(struct text a, struct text b)
{
    return (a.data == NULL) == (b.data == NULL) && text_equal(a, b);
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
