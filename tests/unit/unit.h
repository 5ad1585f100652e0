/* What every unit test includes: cmocka with the headers that it needs, and checks that cmocka lacks. */
#ifndef ORGD_UNIT_H
#define ORGD_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/base.h"

/* Compares a text with a NUL-terminated string. */
#define assert_text_equal(actual, expected)                                                                            \
    do {                                                                                                               \
        struct text actual_text = (actual);                                                                            \
        assert_non_null(actual_text.data);                                                                             \
        assert_int_equal(actual_text.length, strlen(expected));                                                        \
        assert_memory_equal(actual_text.data, (expected), actual_text.length);                                         \
    } while (0)

/* Fails and names the current case, for tests that walk a table. */
#define assert_case(holds, index, what)                                                                                \
    do {                                                                                                               \
        if (!(holds))                                                                                                  \
            fail_msg("case %zu: %s", (size_t)(index), (what));                                                         \
    } while (0)

/* Set-up and tear-down for a group whose tests share an arena: *state is the arena. */
static inline int open_arena(void **state)
{
    *state = arena_open();
    return 0;
}

static inline int close_arena(void **state)
{
    arena_close(*state);
    return 0;
}

#endif
