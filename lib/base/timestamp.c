#include "timestamp.h"

#include <time.h>

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

struct timestamp timestamp_now(void)
{
    return (struct timestamp){clock_us(CLOCK_REALTIME)};
}

int64_t timestamp_monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

void timestamp_to_fields(struct timestamp time, struct timestamp_fields *out)
{
    int64_t fraction = time.us % US_PER_S;
    time_t seconds = (time_t)(time.us / US_PER_S);
    struct tm tm;

    if (fraction < 0) {
        fraction += US_PER_S;
        seconds--;
    }
    gmtime_r(&seconds, &tm);
    *out = (struct timestamp_fields){
        .year = (unsigned)tm.tm_year + 1900,
        .month = (unsigned)tm.tm_mon + 1,
        .day = (unsigned)tm.tm_mday,
        .hour = (unsigned)tm.tm_hour,
        .minute = (unsigned)tm.tm_min,
        .second = (unsigned)tm.tm_sec,
        .microsecond = (unsigned)fraction,
    };
}

struct timestamp timestamp_from_fields(const struct timestamp_fields *fields)
{
    struct tm tm = {
        .tm_year = (int)fields->year - 1900,
        .tm_mon = (int)fields->month - 1,
        .tm_mday = (int)fields->day,
        .tm_hour = (int)fields->hour,
        .tm_min = (int)fields->minute,
        .tm_sec = (int)fields->second,
    };

    return (struct timestamp){(int64_t)timegm(&tm) * US_PER_S + fields->microsecond};
}

static char *put_digits(char *out, unsigned value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return out + digits;
}

void timestamp_format(struct timestamp time, char out[TIMESTAMP_TEXT_SIZE])
{
    struct timestamp_fields f;

    timestamp_to_fields(time, &f);
    out = put_digits(out, f.year, 4);
    *out++ = '-';
    out = put_digits(out, f.month, 2);
    *out++ = '-';
    out = put_digits(out, f.day, 2);
    *out++ = 'T';
    out = put_digits(out, f.hour, 2);
    *out++ = ':';
    out = put_digits(out, f.minute, 2);
    *out++ = ':';
    out = put_digits(out, f.second, 2);
    *out++ = '.';
    out = put_digits(out, f.microsecond, 6);
    *out++ = 'Z';
    *out = '\0';
}
