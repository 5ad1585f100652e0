#include "mime.h"

#include <string.h>

/* RFC 2045, 6.7; RFC 2047, 2. */
#define LINE_MAX 76
#define WORD_BEGIN "=?UTF-8?Q?"
#define WORD_END "?="
/* What RFC 2047, 5 lets stand for itself in an encoded word, wherever that stands. */
#define WORD_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
/* Characters of words that need no encoding in a text, and in a phrase (RFC 5322, 3.2.3). */
#define TEXT_CHARACTERS                                                                                                \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!\"#$%&'()*+,-./:;<>@[\\]^_`{|}~ "
#define PHRASE_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/^_`{|}~ "

static const char digits[] = "0123456789ABCDEF";

static void add_octet(struct buf *out, unsigned char octet)
{
    const char encoded[] = {'=', digits[octet >> 4], digits[octet & 15]};

    buf_add(out, encoded, sizeof(encoded));
}

/* The number of octets of the UTF-8 character that begins here; what is none counts as one. */
static size_t character_at(struct text text, size_t at)
{
    size_t length = 1;

    while (at + length < text.length && ((unsigned char)text.data[at + length] & 0xc0) == 0x80)
        length++;
    return length > 4 ? 1 : length;
}

/* A control becomes a blank. */
static char without_control(char c)
{
    if ((unsigned char)c < ' ' || c == '\x7f')
        return ' ';
    return c;
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* Encoded words (RFC 2047): a character of several octets stays in one. `column` is where the line has got to. */
static void add_words(struct buf *out, struct text text, size_t column)
{
    size_t length = 0;

    buf_add_literal(out, WORD_BEGIN);
    column += strlen(WORD_BEGIN);
    for (size_t at = 0; at < text.length; at += length) {
        char c = without_control(text.data[at]);
        bool is_plain = c == ' ' || is_one_of(c, WORD_CHARACTERS);

        length = character_at(text, at);
        if (column + (is_plain ? 1 : 3 * length) + strlen(WORD_END) > LINE_MAX) {
            buf_add_literal(out, WORD_END "\r\n " WORD_BEGIN);
            column = 1 + strlen(WORD_BEGIN);
        }
        column += is_plain ? 1 : 3 * length;
        if (c == ' ')
            buf_add_char(out, '_');
        else if (is_plain)
            buf_add_char(out, c);
        else
            for (size_t i = 0; i < length; i++)
                add_octet(out, (unsigned char)text.data[at + i]);
    }
    buf_add_literal(out, WORD_END);
}

/* True if the text is of single blanks and short words of these characters. Two blanks could be lost where a line is
 * folded. */
static bool needs_no_words(struct text text, const char *set)
{
    size_t word = 0;

    for (size_t i = 0; i < text.length; i++) {
        word = text.data[i] == ' ' ? 0 : word + 1;
        if (!is_one_of(text.data[i], set) || word > LINE_MAX / 2 || (word == 0 && (i == 0 || text.data[i - 1] == ' ')))
            return false;
    }
    return text.length > 0 && word > 0;
}

/* Folds before a word that would be too long for the line. */
static void add_folded(struct buf *out, struct text text, size_t column)
{
    for (size_t at = 0; at < text.length;) {
        const char *blank = memchr(text.data + at + 1, ' ', text.length - at - 1);
        size_t length = blank == NULL ? text.length - at : (size_t)(blank - text.data) - at;

        if (at > 0 && column + length > LINE_MAX) {
            buf_add_literal(out, "\r\n");
            column = 0;
        }
        buf_add(out, text.data + at, length);
        column += length;
        at += length;
    }
}

static void add_text(struct buf *out, struct text text, const char *set, size_t column)
{
    if (needs_no_words(text, set))
        add_folded(out, text, column);
    else if (text.length > 0)
        add_words(out, text, column);
}

static void begin_field(struct buf *out, const char *name)
{
    buf_add_string(out, name);
    buf_add_literal(out, ": ");
}

void mime_add_field(struct buf *out, const char *name, struct text value)
{
    begin_field(out, name);
    add_text(out, value, TEXT_CHARACTERS, strlen(name) + 2);
    buf_add_literal(out, "\r\n");
}

/* True if the local part is a dot-atom already: HTML's rule lets dots stand anywhere. */
static bool is_dot_atom(const char *local, size_t length)
{
    return local[0] != '.' && local[length - 1] != '.' && memmem(local, length, "..", 2) == NULL;
}

void mime_add_address(struct buf *out, struct text address)
{
    const char *at = memrchr(address.data, '@', address.length);
    size_t length = at == NULL ? 0 : (size_t)(at - address.data);

    if (length == 0 || is_dot_atom(address.data, length)) {
        buf_add(out, address.data, address.length);
        return;
    }
    buf_add_char(out, '"');
    buf_add(out, address.data, length);
    buf_add_char(out, '"');
    buf_add(out, at, address.length - length);
}

/* The address has a line of its own, since it may be long. */
void mime_add_mailbox(struct buf *out, const char *name, struct text phrase, struct text address)
{
    begin_field(out, name);
    if (phrase.length > 0) {
        add_text(out, phrase, PHRASE_CHARACTERS, strlen(name) + 2);
        buf_add_literal(out, "\r\n ");
    }
    buf_add_char(out, '<');
    mime_add_address(out, address);
    buf_add_literal(out, ">\r\n");
}

static size_t end_of_line(struct text text, size_t at)
{
    const char *end = memchr(text.data + at, '\n', text.length - at);

    return end == NULL ? text.length : (size_t)(end - text.data);
}

/* True if the octet may not stand for itself. "." and "From " at the beginning of a line have a meaning to some
 * programs on the way (RFC 2049, 3). */
static bool is_encoded(const char *line, size_t length, size_t at, size_t column)
{
    char c = line[at];

    if (c == ' ' || c == '\t')
        return at + 1 == length;
    if (column == 0 && (c == '.' || (length - at >= 5 && memcmp(line + at, "From ", 5) == 0)))
        return true;
    return c <= ' ' || c > '~' || c == '=';
}

static void add_line(struct buf *out, const char *line, size_t length)
{
    size_t column = 0;

    for (size_t at = 0; at < length; at++) {
        bool encoded = is_encoded(line, length, at, column);

        if (column + (encoded ? 3 : 1) > LINE_MAX - 1) {
            buf_add_literal(out, "=\r\n");
            column = 0;
            encoded = is_encoded(line, length, at, column);
        }
        if (encoded)
            add_octet(out, (unsigned char)line[at]);
        else
            buf_add_char(out, line[at]);
        column += encoded ? 3 : 1;
    }
    buf_add_literal(out, "\r\n");
}

void mime_add_part(struct buf *out, const char *type, struct text text)
{
    buf_printf(out, "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", type);
    for (size_t at = 0; at < text.length;) {
        size_t end = end_of_line(text, at);
        size_t length = end - at;

        if (length > 0 && text.data[end - 1] == '\r')
            length--;
        add_line(out, text.data + at, length);
        at = end + 1;
    }
}
