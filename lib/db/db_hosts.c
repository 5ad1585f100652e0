#include "db_hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"

#define AVOID_US (10 * US_PER_S)
#define BLANKS " \t"

static char *trim(char *text)
{
    size_t length;

    text += strspn(text, BLANKS);
    length = strlen(text);
    while (length > 0 && strchr(BLANKS, text[length - 1]) != NULL)
        length--;
    text[length] = '\0';
    return text;
}

static int read_port(const char *text, unsigned *out)
{
    size_t length = strlen(text);
    long port = strtol(text, NULL, 10);

    if (length == 0 || length > 5 || strspn(text, "0123456789") != length || port < 1 || port > 65535)
        return -1;
    *out = (unsigned)port;
    return 0;
}

/* One of several hosts: NAME, NAME:PORT, [ADDRESS] or [ADDRESS]:PORT. */
static int read_host(char *text, struct db_host *out)
{
    char *colon;

    *out = (struct db_host){.name = text};
    if (text[0] == '[') {
        char *end = strchr(text, ']');

        if (end == NULL)
            return -1;
        *end = '\0';
        out->name = text + 1;
        colon = end[1] == '\0' ? NULL : end + 1;
    } else {
        colon = strchr(text, ':');
    }
    if (colon != NULL && (*colon != ':' || read_port(colon + 1, &out->port) < 0))
        return -1;
    if (colon != NULL)
        *colon = '\0';
    return out->name[0] != '\0' ? 0 : -1;
}

static int read_list(struct db_hosts *hosts, struct error *err)
{
    char *rest = hosts->names;
    char *part;

    while ((part = strsep(&rest, ",")) != NULL) {
        if (hosts->count == DB_HOSTS_MAX)
            return error_set(err, ERR_INTERNAL, "the option host names more than %d hosts", DB_HOSTS_MAX);
        if (read_host(trim(part), &hosts->list[hosts->count++]) < 0)
            return error_set(err, ERR_INTERNAL, "the option host = %s is not a list of HOST or HOST:PORT", hosts->text);
    }
    return 0;
}

int db_hosts_set(struct db_hosts *hosts, const char *text, struct error *err)
{
    if (text == NULL)
        text = "";
    if (hosts->count > 0 && strcmp(hosts->text, text) == 0)
        return 0;
    *hosts = (struct db_hosts){.count = 0};
    if (strlen(text) >= sizeof(hosts->text))
        return error_set(err, ERR_INTERNAL, "the option host is longer than %zu bytes", sizeof(hosts->text) - 1);
    memcpy(hosts->text, text, strlen(text) + 1);
    memcpy(hosts->names, text, strlen(text) + 1);
    if (strchr(text, ',') != NULL) {
        int result = read_list(hosts, err);

        if (result < 0)
            hosts->count = 0;
        return result;
    }
    hosts->list[0] = (struct db_host){.name = text[0] == '\0' ? NULL : hosts->names};
    hosts->count = 1;
    return 0;
}

void db_hosts_order(const struct db_hosts *hosts, int64_t now_us, size_t out[DB_HOSTS_MAX])
{
    size_t count = 0;

    for (int is_avoided = 0; is_avoided <= 1; is_avoided++)
        for (size_t i = 0; i < hosts->count; i++)
            if ((hosts->list[i].avoid_until_us > now_us) == is_avoided)
                out[count++] = i;
}

void db_hosts_avoid(struct db_hosts *hosts, size_t index, int64_t now_us)
{
    hosts->list[index].avoid_until_us = now_us + AVOID_US;
}
