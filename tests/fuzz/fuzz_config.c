/* Any bytes as orgd.conf: what is accepted is in range and safe to use, and what is refused is refused with file and
 * line. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "domain/config.h"
#include "domain/credentials/issuer_settings.h"
#include "fuzz.h"

static struct memory_file file;

/* What the caller's shell has set must not count. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    file = memory_file_open();
    for (const struct setting *setting = config_settings; setting->key != NULL; setting++) {
        char variable[64];

        snprintf(variable, sizeof(variable), "ORGD_%s", setting->key);
        for (char *at = variable; *at != '\0'; at++)
            if (*at >= 'a' && *at <= 'z')
                *at = (char)(*at - 'a' + 'A');
        unsetenv(variable);
    }
    return 0;
}

/* Each value is what its row of the table allows. */
static void check_record(const struct setting *settings, const void *record)
{
    for (const struct setting *setting = settings; setting->key != NULL; setting++) {
        const void *member = (const char *)record + setting->offset;
        const char *text = setting->is_int ? NULL : *(const char *const *)member;
        int64_t number = setting->is_int ? *(const int64_t *)member : 0;

        if (setting->is_int) {
            assert(number >= setting->minimum && number <= setting->maximum);
            continue;
        }
        assert(text != NULL);
        assert(setting->words == NULL || text_has_word(setting->words, text));
        assert(setting->rule == NULL || setting->rule->is_kept(text));
    }
}

static void check_settings(const struct config *config)
{
    check_record(config_settings, config);
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

static void check_issuer(const struct config *config, const struct issuer_settings *issuer)
{
    check_record(issuer_settings_table, issuer);
    assert(strcmp(issuer->url, config->public_url) != 0);
    assert(!text_has_word(issuer->algorithms, "none") && !text_has_word(issuer->algorithms, "HS256"));
    for (const struct issuer_settings *other = issuer->next; other != NULL; other = other->next)
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
        for (const struct issuer_settings *issuer = config.issuers; issuer != NULL; issuer = issuer->next)
            check_issuer(&config, issuer);
    }
    arena_close(arena);
    return 0;
}
