#include "urlencoded.h"

#include <string.h>

#include "base/text.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes to `decoded`, which must have room for as many bytes and one more. */
static struct text decode_to(char *decoded, struct text encoded, bool plus_is_blank)
{
    size_t length = 0;

    for (size_t at = 0; at < encoded.length; at++) {
        char c = encoded.data[at];

        if (c == '%' && encoded.length - at > 2) {
            int high = hex_value(encoded.data[at + 1]);
            int low = hex_value(encoded.data[at + 2]);

            if (high >= 0 && low >= 0) {
                c = (char)(high << 4 | low);
                at += 2;
            }
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        decoded[length++] = c;
    }
    decoded[length] = '\0';
    return (struct text){decoded, length};
}

struct text urlencoded_decode(struct arena *arena, struct text encoded, bool plus_is_blank)
{
    return decode_to(arena_alloc(arena, encoded.length + 1), encoded, plus_is_blank);
}

/* Decodes to `room`, which must have room for as many bytes and two more. */
static struct urlencoded_pair decode_pair(char *room, const char *data, size_t length)
{
    const char *equals = memchr(data, '=', length);
    size_t name_length = equals == NULL ? length : (size_t)(equals - data);
    size_t value_length = equals == NULL ? 0 : length - name_length - 1;

    return (struct urlencoded_pair){
        .name = decode_to(room, (struct text){data, name_length}, true),
        .value = decode_to(room + name_length + 1, (struct text){data + length - value_length, value_length}, true),
    };
}

struct urlencoded urlencoded_parse(struct arena *arena, struct text encoded)
{
    struct urlencoded params = {.count = 0};
    const char *at = encoded.data;
    const char *end;
    size_t capacity = 1;
    char *room;

    if (encoded.length == 0)
        return params;
    end = at + encoded.length;
    for (size_t i = 0; i < encoded.length && capacity < URLENCODED_PAIRS_MAX; i++)
        capacity += encoded.data[i] == '&';
    params.pairs = arena_try(arena, capacity * sizeof(*params.pairs), NULL);
    room = arena_try(arena, encoded.length + 2 * capacity, NULL);
    while (params.pairs != NULL && room != NULL && at <= end && !params.has_too_many) {
        const char *ampersand = memchr(at, '&', (size_t)(end - at));
        const char *stop = ampersand == NULL ? end : ampersand;

        params.has_too_many = stop > at && params.count == URLENCODED_PAIRS_MAX;
        if (stop > at && !params.has_too_many) {
            params.pairs[params.count++] = decode_pair(room, at, (size_t)(stop - at));
            room += stop - at + 2;
        }
        at = stop + 1;
    }
    return params;
}

struct text urlencoded_find(const struct urlencoded *params, const char *name, size_t *count)
{
    struct text found = {NULL, 0};
    size_t matches = 0;

    for (size_t i = 0; i < params->count; i++) {
        if (!text_equal(params->pairs[i].name, text_of(name)))
            continue;
        found = params->pairs[i].value;
        matches++;
    }
    if (count != NULL)
        *count = matches;
    return found;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

void urlencoded_add(struct buf *buf, struct text text)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t at = 0; at < text.length; at++) {
        unsigned char c = (unsigned char)text.data[at];

        if (is_unreserved((char)c))
            buf_add_char(buf, (char)c);
        else
            buf_add(buf, (char[]){'%', hex[c >> 4], hex[c & 15]}, 3);
    }
}
