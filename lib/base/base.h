/* The few language helpers that every file may use. */
#ifndef ORGD_BASE_H
#define ORGD_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define PRINTF_LIKE(format_index, first_index) __attribute__((format(printf, format_index, first_index)))
#define NODISCARD __attribute__((warn_unused_result))

/* Runs `function(&variable)` when the variable goes out of scope. */
#define CLEANUP(function) __attribute__((cleanup(function)))

/* AddressSanitizer, and with it LeakSanitizer, is built in. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#endif
#endif

/* Marks a text that people read in their own language (web/catalogue.h); NP_() one for a number: of one, of several. */
#define N_(english) english
#define NP_(one, several) one, several

/* Bytes with a length. `data` is also NUL-terminated wherever this project makes it. If `data` is NULL, there is no
 * value (JSON null, SQL NULL); an empty text has data and a length of 0. It owns nothing: copy it freely. */
struct text {
    const char *data;
    size_t length;
};

#define TEXT(literal) ((struct text){.data = (literal), .length = sizeof(literal) - 1})

#endif
