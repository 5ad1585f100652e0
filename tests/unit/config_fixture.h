/* What the tests of the configuration share. */
#ifndef ORGD_CONFIG_FIXTURE_H
#define ORGD_CONFIG_FIXTURE_H

#include "domain/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "unit.h"

static char directory[] = "/tmp/orgd-test-config-XXXXXX";
static char path[sizeof(directory) + 16];

static inline int set_up(void **state)
{
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/orgd.conf", directory);
    return open_arena(state);
}

static inline int tear_down(void **state)
{
    unlink(path);
    rmdir(directory);
    return close_arena(state);
}

/* The names of environment variables are made from the table: what the caller's shell has set must not count. */
static inline const char *variable_of(struct arena *arena, const char *key)
{
    char *name = arena_printf(arena, "ORGD_%s", key);

    for (char *at = name; *at != '\0'; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    return name;
}

static inline int clear_environment(void **state)
{
    for (const struct setting *setting = config_settings; setting->key != NULL; setting++)
        unsetenv(variable_of(*state, setting->key));
    unsetenv("ORGD_CONFIG");
    return 0;
}

static inline void write_file(const char *content, size_t length)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static inline int read_content(struct arena *arena, const char *content, struct config *config, struct error *err)
{
    write_file(content, strlen(content));
    return config_read(path, arena, config, err);
}

#endif
