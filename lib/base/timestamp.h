/* Points in time: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted. */
#ifndef ORGD_TIMESTAMP_H
#define ORGD_TIMESTAMP_H

#include "base.h"

#define TIMESTAMP_TEXT_SIZE 28 /* 2026-11-23T09:30:00.123456Z and the NUL */

/* A `us` of 0 means "none" where a time may be missing. */
struct timestamp {
    int64_t us;
};

/* The last time that has a year of four digits, so that MariaDB and RFC 3339 know it: 9999-12-31T23:59:59.999999Z. */
#define TIMESTAMP_MAX_US INT64_C(253402300799999999)

#define US_PER_S INT64_C(1000000)
#define US_PER_HOUR (3600 * US_PER_S)
#define S_PER_DAY INT64_C(86400)

/* Reads the system's wall clock. */
struct timestamp timestamp_now(void);

/* Reads a clock for measuring durations, in microseconds. It never steps. */
int64_t timestamp_monotonic_us(void);

/* Writes RFC 3339 in UTC with six digits of fraction. The year must be from 1 to 9999. */
void timestamp_format(struct timestamp time, char out[TIMESTAMP_TEXT_SIZE]);

/* Reads RFC 3339, with any number of digits of fraction, of which six count, and any offset. Returns false for what is
 * no such time, or lies before 1970-01-01T00:00:00.000001Z or beyond TIMESTAMP_MAX_US. */
bool timestamp_parse(struct text text, struct timestamp *out);

/* Convert from and to the proleptic Gregorian calendar in UTC. */
struct timestamp_fields {
    unsigned year, month, day, hour, minute, second, microsecond;
};
struct timestamp timestamp_from_fields(const struct timestamp_fields *fields);
void timestamp_to_fields(struct timestamp time, struct timestamp_fields *out);

#endif
