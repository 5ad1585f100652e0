#include "timestamp.h"

#include <string.h>
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

/* Computes the calendar itself: gmtime_r() and timegm() look at the time zone each time, which is measurable in a list
 * of a thousand. The year starts in March here, so that the leap day is its last day. 400 such years, an era, have
 * 146097 days, and the first era starts 719468 days before 1970. */
#define DAYS_PER_ERA 146097
#define DAYS_BEFORE_1970 719468
#define YEARS_PER_ERA 400

static int64_t floor_divide(int64_t number, int64_t divisor)
{
    return number / divisor - (number % divisor < 0);
}

void timestamp_to_fields(struct timestamp time, struct timestamp_fields *out)
{
    int64_t days = floor_divide(time.us, S_PER_DAY * US_PER_S);
    int64_t us = time.us - days * S_PER_DAY * US_PER_S;
    int64_t era = floor_divide(days + DAYS_BEFORE_1970, DAYS_PER_ERA);
    unsigned day = (unsigned)(days + DAYS_BEFORE_1970 - era * DAYS_PER_ERA);
    unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    unsigned day_of_year = day - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * day_of_year + 2) / 153; /* 0 is March */
    unsigned second = (unsigned)(us / US_PER_S);

    *out = (struct timestamp_fields){
        .year = (unsigned)(year + era * YEARS_PER_ERA + (month >= 10)),
        .month = month < 10 ? month + 3 : month - 9,
        .day = day_of_year - (153 * month + 2) / 5 + 1,
        .hour = second / 3600,
        .minute = second / 60 % 60,
        .second = second % 60,
        .microsecond = (unsigned)(us % US_PER_S),
    };
}

struct timestamp timestamp_from_fields(const struct timestamp_fields *fields)
{
    bool is_before_march = fields->month <= 2;
    int64_t year = (int64_t)fields->year - is_before_march;
    int64_t era = floor_divide(year, YEARS_PER_ERA);
    int64_t year_of_era = year - era * YEARS_PER_ERA;
    int64_t month = is_before_march ? fields->month + 9 : fields->month - 3;
    int64_t day_of_year = (153 * month + 2) / 5 + fields->day - 1;
    int64_t days = era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    int64_t minutes = (int64_t)fields->hour * 60 + fields->minute;
    int64_t seconds = (days - DAYS_BEFORE_1970) * S_PER_DAY + minutes * 60 + fields->second;

    return (struct timestamp){seconds * US_PER_S + fields->microsecond};
}

static char *put_two_digits(char *out, unsigned value)
{
    out[0] = (char)('0' + value / 10);
    out[1] = (char)('0' + value % 10);
    return out + 2;
}

void timestamp_format(struct timestamp time, char out[TIMESTAMP_TEXT_SIZE])
{
    struct timestamp_fields f;

    timestamp_to_fields(time, &f);
    out = put_two_digits(put_two_digits(out, f.year / 100), f.year % 100);
    *out++ = '-';
    out = put_two_digits(out, f.month);
    *out++ = '-';
    out = put_two_digits(out, f.day);
    *out++ = 'T';
    out = put_two_digits(out, f.hour);
    *out++ = ':';
    out = put_two_digits(out, f.minute);
    *out++ = ':';
    out = put_two_digits(out, f.second);
    *out++ = '.';
    out = put_two_digits(out, f.microsecond / 10000);
    out = put_two_digits(out, f.microsecond / 100 % 100);
    out = put_two_digits(out, f.microsecond % 100);
    *out++ = 'Z';
    *out = '\0';
}

/* Reads `count` digits, and steps over them. */
static bool take_number(const char **at, const char *end, int count, unsigned *out)
{
    *out = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (*at == end || **at < '0' || **at > '9')
            return false;
        *out = *out * 10 + (unsigned)(**at - '0');
    }
    return true;
}

static bool take_one_of(const char **at, const char *end, const char *characters)
{
    if (*at == end || **at == '\0' || strchr(characters, **at) == NULL)
        return false;
    (*at)++;
    return true;
}

static bool take_fraction(const char **at, const char *end, unsigned *microsecond)
{
    unsigned digit;
    unsigned unit = 100000;

    *microsecond = 0;
    if (!take_one_of(at, end, "."))
        return true;
    if (!take_number(at, end, 1, &digit))
        return false;
    do {
        *microsecond += digit * unit;
        unit /= 10;
    } while (*at < end && **at >= '0' && **at <= '9' && take_number(at, end, 1, &digit));
    return true;
}

static bool take_offset(const char **at, const char *end, int64_t *minutes)
{
    unsigned hour;
    unsigned minute;
    bool is_west;

    *minutes = 0;
    if (take_one_of(at, end, "Zz"))
        return true;
    is_west = *at < end && **at == '-';
    if (!take_one_of(at, end, "+-") || !take_number(at, end, 2, &hour) || !take_one_of(at, end, ":") ||
        !take_number(at, end, 2, &minute) || hour > 23 || minute > 59)
        return false;
    *minutes = (int64_t)(hour * 60 + minute) * (is_west ? -1 : 1);
    return true;
}

static bool is_on_calendar(const struct timestamp_fields *fields)
{
    struct timestamp_fields same;

    timestamp_to_fields(timestamp_from_fields(fields), &same);
    return fields->month >= 1 && fields->month <= 12 && same.day == fields->day && same.month == fields->month &&
           fields->hour <= 23 && fields->minute <= 59 && fields->second <= 59;
}

bool timestamp_parse(struct text text, struct timestamp *out)
{
    const char *at = text.data;
    const char *end = text.data + text.length;
    struct timestamp_fields f;
    int64_t minutes;

    if (!take_number(&at, end, 4, &f.year) || !take_one_of(&at, end, "-") || !take_number(&at, end, 2, &f.month) ||
        !take_one_of(&at, end, "-") || !take_number(&at, end, 2, &f.day) || !take_one_of(&at, end, "Tt ") ||
        !take_number(&at, end, 2, &f.hour) || !take_one_of(&at, end, ":") || !take_number(&at, end, 2, &f.minute) ||
        !take_one_of(&at, end, ":") || !take_number(&at, end, 2, &f.second) ||
        !take_fraction(&at, end, &f.microsecond) || !take_offset(&at, end, &minutes) || at != end ||
        !is_on_calendar(&f))
        return false;
    out->us = timestamp_from_fields(&f).us - minutes * 60 * US_PER_S;
    return out->us > 0 && out->us <= TIMESTAMP_MAX_US;
}
