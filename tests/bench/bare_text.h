/* Ids and times as text, for bare.c. Functions that write return where they stopped. */
#ifndef BENCH_BARE_TEXT_H
#define BENCH_BARE_TEXT_H

#include <mysql.h>
#include <stdbool.h>
#include <string.h>

#define ID_BYTES 16
#define ID_TEXT_BYTES 36
#define TIME_TEXT_BYTES 27

static inline char *put(char *out, const char *bytes, size_t length)
{
    memcpy(out, bytes, length);
    return out + length;
}

#define PUT_LITERAL(out, literal) put(out, literal, sizeof(literal) - 1)

static inline char *put_id(char *out, const char id[ID_BYTES])
{
    static const char hex[] = "0123456789abcdef";

    for (int i = 0; i < ID_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = hex[(unsigned char)id[i] >> 4];
        *out++ = hex[(unsigned char)id[i] & 15];
    }
    return out;
}

static inline char *put_number(char *out, unsigned long number, int digits)
{
    for (int i = digits - 1; i >= 0; i--, number /= 10)
        out[i] = (char)('0' + number % 10);
    return out + digits;
}

static inline char *put_time(char *out, const MYSQL_TIME *time)
{
    out = put_number(out, time->year, 4);
    *out++ = '-';
    out = put_number(out, time->month, 2);
    *out++ = '-';
    out = put_number(out, time->day, 2);
    *out++ = 'T';
    out = put_number(out, time->hour, 2);
    *out++ = ':';
    out = put_number(out, time->minute, 2);
    *out++ = ':';
    out = put_number(out, time->second, 2);
    *out++ = '.';
    out = put_number(out, time->second_part, 6);
    *out++ = 'Z';
    return out;
}

static inline int hex_value(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* The id at the end of a path: 36 characters behind a slash. */
static inline bool read_id(const char *path, char out[ID_BYTES])
{
    const char *text = strrchr(path, '/') + 1;

    if (strlen(text) != ID_TEXT_BYTES)
        return false;
    for (int i = 0; i < ID_BYTES; i++, text += 2) {
        text += *text == '-';
        out[i] = (char)(hex_value(text[0]) << 4 | hex_value(text[1]));
    }
    return true;
}

#endif
