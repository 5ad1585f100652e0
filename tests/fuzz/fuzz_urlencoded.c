/* Any bytes as a query string, a form and a path segment: decoding is held against libcurl's, and what is encoded again
 * must be read as the same. */
#include <assert.h>
#include <curl/curl.h>
#include <string.h>

#include "base/text.h"
#include "fuzz.h"
#include "web/urlencoded.h"

#define ENCODED_MAXIMUM ((size_t)16 * 1024 * 1024)

static void check_decoding(struct arena *arena, struct text input)
{
    struct text decoded = urlencoded_decode(arena, input, false);
    int length = 0;
    char *expected = curl_easy_unescape(NULL, input.data, (int)input.length, &length);

    assert(expected != NULL && text_equal(decoded, (struct text){expected, (size_t)length}));
    assert(decoded.data[decoded.length] == '\0');
    curl_free(expected);
}

static void check_round_trip(struct arena *arena, struct text input)
{
    struct buf encoded;

    buf_init(&encoded, ENCODED_MAXIMUM);
    urlencoded_add(&encoded, input);
    assert(encoded.length >= input.length && encoded.length <= 3 * input.length);
    assert(text_equal(urlencoded_decode(arena, (struct text){encoded.data, encoded.length}, true), input));
    buf_release(&encoded);
}

static void encode_pairs(const struct urlencoded *parameters, struct buf *out)
{
    for (size_t i = 0; i < parameters->count; i++) {
        if (i > 0)
            buf_add_char(out, '&');
        urlencoded_add(out, parameters->pairs[i].name);
        buf_add_char(out, '=');
        urlencoded_add(out, parameters->pairs[i].value);
    }
}

/* The last of a name counts, and all are counted. */
static void check_find(const struct urlencoded *parameters, struct text name)
{
    struct text found;
    struct text last = {NULL, 0};
    size_t expected = 0;
    size_t count;

    if (strlen(name.data) != name.length)
        return; /* nobody asks for such a name */
    for (size_t i = 0; i < parameters->count; i++) {
        if (!text_equal(parameters->pairs[i].name, name))
            continue;
        last = parameters->pairs[i].value;
        expected++;
    }
    found = urlencoded_find(parameters, name.data, &count);
    assert(count == expected && text_equal(found, last));
}

static void check_pairs(struct arena *arena, struct text input)
{
    struct urlencoded parameters = urlencoded_parse(arena, input);
    struct urlencoded again;
    struct buf encoded;

    buf_init(&encoded, ENCODED_MAXIMUM);
    encode_pairs(&parameters, &encoded);
    again = urlencoded_parse(arena, (struct text){encoded.data, encoded.length});
    assert(again.count == parameters.count);
    for (size_t i = 0; i < again.count; i++)
        assert(text_equal(again.pairs[i].name, parameters.pairs[i].name) &&
               text_equal(again.pairs[i].value, parameters.pairs[i].value));
    for (size_t i = 0; i < parameters.count && i < 8; i++)
        check_find(&parameters, parameters.pairs[i].name);
    buf_release(&encoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    struct text input = {arena_strndup(arena, (const char *)data, size), size};

    if (size > 0) { /* to libcurl a length of 0 means: up to the NUL */
        check_decoding(arena, input);
        check_round_trip(arena, input);
        check_pairs(arena, input);
    }
    arena_close(arena);
    return 0;
}
