/* Any bytes as orgd.conf: what is accepted is in range and safe to use, and what is refused is refused with file and
 * line. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "process/config.h"

static struct memory_file file;

/* What the caller's shell has set must not count. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    file = memory_file_open();
    for (const struct config_setting *setting = config_settings; setting->key != NULL; setting++) {
        char variable[64];

        snprintf(variable, sizeof(variable), "ORGD_%s", setting->key);
        for (char *at = variable; *at != '\0'; at++)
            if (*at >= 'a' && *at <= 'z')
                *at = (char)(*at - 'a' + 'A');
        unsetenv(variable);
    }
    return 0;
}

static void check_settings(const struct config *config)
{
#define SETTING_STRING(key, default_value, sentence) assert(config->key != NULL);
#define SETTING_INT(key, default_value, minimum, maximum, unit, sentence)                                              \
    assert(config->key >= (minimum) && config->key <= (maximum));
#include "process/settings.def"
#undef SETTING_STRING
#undef SETTING_INT
    assert(config->listen_mode_bits <= 0777);
    assert(strspn(config->listen_mode, "01234567") == strlen(config->listen_mode));
}

/* It goes into JSON, headers and tokens as it is. */
static void check_public_url(const char *url)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/[]@!$&'()*+,;=%";
    const char *host = strstr(url, "://") + 3;

    assert(strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0);
    assert(strspn(url, allowed) == strlen(url) && url[strlen(url) - 1] != '/');
    assert(host[0] != '/' && memchr(host, '@', strcspn(host, "/")) == NULL);
}

static void check_issuer(const struct config *config, const struct config_issuer *issuer)
{
#define SETTING_REQUIRED(key, sentence) assert(issuer->key != NULL && issuer->key[0] != '\0');
#define SETTING_STRING(key, default_value, sentence) assert(issuer->key != NULL && issuer->key[0] != '\0');
#define SETTING_INT(key, default_value, minimum, maximum, unit, sentence)                                              \
    assert(issuer->key >= (minimum) && issuer->key <= (maximum));
#include "domain/credentials/issuer_settings.def"
#undef SETTING_REQUIRED
#undef SETTING_STRING
#undef SETTING_INT
    assert(strcmp(issuer->url, config->public_url) != 0);
    assert(!config_issuer_allows(issuer, "none") && !config_issuer_allows(issuer, "HS256"));
    for (const struct config_issuer *other = issuer->next; other != NULL; other = other->next)
        assert(strcmp(other->url, issuer->url) != 0);
}

static size_t count_lines(const uint8_t *data, size_t size)
{
    size_t lines = size > 0 && data[size - 1] != '\n';

    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    return lines;
}

/* "PATH:LINE: why", where the line is one of the file's. */
static void check_refusal(const struct error *err, size_t lines)
{
    size_t length = strlen(file.path);
    unsigned long line;
    char *end;

    assert(err->kind == ERR_VALIDATION && strncmp(err->message, file.path, length) == 0 && err->message[length] == ':');
    line = strtoul(err->message + length + 1, &end, 10);
    assert(line >= 1 && line <= lines && strncmp(end, ": ", 2) == 0 && strlen(end) > 10);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    struct config config;
    struct error err;

    memory_file_write(&file, data, size);
    if (config_read(file.path, arena, &config, &err) < 0) {
        check_refusal(&err, count_lines(data, size));
    } else {
        assert(size == 0 || memchr(data, '\0', size) == NULL);
        check_settings(&config);
        check_public_url(config.public_url);
        for (const struct config_issuer *issuer = config.issuers; issuer != NULL; issuer = issuer->next)
            check_issuer(&config, issuer);
    }
    arena_close(arena);
    return 0;
}
