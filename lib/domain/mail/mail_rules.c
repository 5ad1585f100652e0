#include "mail_rules.h"

#include <string.h>

#include "base/text.h"
#include "domain/address.h"
#include "web/url.h"

#define SENDMAIL "sendmail:"
#define TEXT_LENGTH_MAX 500

static bool is_server(const char *value)
{
    const char *program = mail_program(value);

    return value[0] == '\0' || (program != NULL ? program[0] == '/' : url_is_mail_server(value));
}

static bool is_address_or_none(const char *value)
{
    struct error err;

    return value[0] == '\0' || address_check(text_of(value), &err) == 0;
}

static bool is_line(const char *value)
{
    struct text text = text_of(value);

    return text_is_utf8(text) && !text_has_control(text) && text.length <= TEXT_LENGTH_MAX;
}

const struct setting_rule mail_rule_server = {
    is_server,
    "must be smtp://HOST, smtps://HOST (with a port and a path, if need be), or sendmail: and an absolute path", NULL};
const struct setting_rule mail_rule_address = {is_address_or_none, "must be an address such as name@example.org", NULL};
const struct setting_rule mail_rule_text = {is_line, "must be a text of at most 500 bytes", NULL};

const char *mail_program(const char *server)
{
    return strncmp(server, SENDMAIL, strlen(SENDMAIL)) == 0 ? server + strlen(SENDMAIL) : NULL;
}
