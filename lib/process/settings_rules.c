#include "settings.h"

#include <stdlib.h>
#include <string.h>

static bool is_not_empty(const char *value)
{
    return value[0] != '\0';
}

static bool is_octal_mode(const char *value)
{
    return value[0] != '\0' && strspn(value, "01234567") == strlen(value) && strtoul(value, NULL, 8) <= 0777;
}

static const char *whole(const char *value)
{
    return value;
}

static bool is_anything(const char *value)
{
    (void)value;
    return true;
}

static const char *whole_if_any(const char *value)
{
    return value[0] == '\0' ? NULL : value;
}

static bool is_address(const char *value)
{
    const char *colon = strrchr(value, ':');

    return value[0] == '\0' || (colon != NULL && colon != value && colon[1] != '\0');
}

static const char *path_of_address(const char *value)
{
    return strncmp(value, "unix:", 5) == 0 ? value + 5 : NULL;
}

bool settings_is_path(const char *value)
{
    return value[0] == '/' || (strchr(value, '/') != NULL && strchr(value, ':') == NULL);
}

static const char *path_of_log(const char *value)
{
    return settings_is_path(value) ? value : NULL;
}

static bool is_log_target(const char *value)
{
    return strcmp(value, "stderr") == 0 || strcmp(value, "syslog") == 0 || settings_is_path(value);
}

/* A web server passes it on as it is, whatever its configuration does with quotes, blanks and signs. */
static bool is_secret(const char *value)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t length = strlen(value);

    return length == 0 || (length >= 16 && length < 128 && strspn(value, plain) == length);
}

const struct setting_rule settings_rule_not_empty = {is_not_empty, "must not be empty", NULL};
const struct setting_rule settings_rule_octal_mode = {is_octal_mode, "must be an octal number such as 0660", NULL};
const struct setting_rule settings_rule_path = {is_not_empty, "must be a path", whole};
const struct setting_rule settings_rule_path_or_none = {is_anything, "must be a path, or nothing", whole_if_any};
const struct setting_rule settings_rule_address = {is_address, "must be unix:PATH or HOST:PORT", path_of_address};
const struct setting_rule settings_rule_log_target = {
    is_log_target, "must be stderr, syslog, or a path with a slash in it, such as log/orgd.log", path_of_log};
const struct setting_rule settings_rule_secret = {
    is_secret, "must be 16 to 127 letters, digits, - and _, such as 'openssl rand -hex 32' prints", NULL};
