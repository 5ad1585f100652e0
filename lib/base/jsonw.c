#include "jsonw.h"

#include <string.h>

static void escape(struct buf *buf, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    char sequence[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

    switch (c) {
    case '"':
    case '\\':
        buf_add_char(buf, '\\');
        buf_add_char(buf, (char)c);
        break;
    case '\n':
        buf_add_literal(buf, "\\n");
        break;
    case '\r':
        buf_add_literal(buf, "\\r");
        break;
    case '\t':
        buf_add_literal(buf, "\\t");
        break;
    default:
        buf_add(buf, sequence, sizeof(sequence));
    }
}

static bool must_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

/* Returns how many bytes at the start need no escape, counted in words of eight. A byte below n has its high bit set in
 * (word - n) but not in the word, with n repeated in every byte. The byte c is a byte below one in (word ^ c). */
static size_t plain_prefix(const char *data, size_t length)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    size_t at = 0;

    for (; length - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word;
        uint64_t quote;
        uint64_t backslash;
        uint64_t delete;

        memcpy(&word, data + at, sizeof(word));
        quote = word ^ ones * '"';
        backslash = word ^ ones * '\\';
        delete = word ^ ones * 0x7f;
        if ((((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
             ((delete - ones) & ~delete)) &
            ones * 0x80)
            break;
    }
    return at;
}

void jsonw_text(struct buf *buf, struct text text)
{
    const char *run = text.data;
    const char *end;

    if (text.data == NULL) {
        buf_add_literal(buf, "null");
        return;
    }
    end = text.data + text.length;
    buf_add_char(buf, '"');
    for (const char *at = run + plain_prefix(run, text.length); at < end; at++) {
        if (!must_escape((unsigned char)*at))
            continue;
        buf_add(buf, run, (size_t)(at - run));
        escape(buf, (unsigned char)*at);
        run = at + 1;
    }
    buf_add(buf, run, (size_t)(end - run));
    buf_add_char(buf, '"');
}

void jsonw_string(struct buf *buf, const char *string)
{
    jsonw_text(buf, (struct text){string, string == NULL ? 0 : strlen(string)});
}

void jsonw_id(struct buf *buf, const struct id *id)
{
    char text[ID_TEXT_SIZE];

    id_format(id, text);
    jsonw_string(buf, id_is_nil(id) ? NULL : text);
}

void jsonw_bool(struct buf *buf, bool value)
{
    buf_add_string(buf, value ? "true" : "false");
}

void jsonw_time(struct buf *buf, struct timestamp time)
{
    char text[TIMESTAMP_TEXT_SIZE];

    timestamp_format(time, text);
    jsonw_string(buf, time.us == 0 ? NULL : text);
}

void jsonw_key(struct buf *buf, const char *key)
{
    char last = '{';

    if (buf->length > 0)
        last = buf->data[buf->length - 1];
    if (last != '{' && last != '[')
        buf_add_char(buf, ',');
    buf_add_char(buf, '"');
    buf_add_string(buf, key);
    buf_add_literal(buf, "\":");
}

static int add_dump(const char *data, size_t length, void *buf)
{
    buf_add(buf, data, length);
    return 0;
}

void jsonw_value(struct buf *buf, const json_t *value)
{
    json_dump_callback(value, add_dump, buf, JSON_ENCODE_ANY | JSON_COMPACT); /* fails only if memory runs out */
}
