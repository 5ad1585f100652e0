#include "operator.h"

#include <string.h>

#include "base/text.h"
#include "url.h"

#define MAILTO "mailto:"
#define DOMAIN_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-"

static bool is_name(const char *value)
{
    struct text name = text_of(value);

    return text_is_utf8(name) && !text_has_control(name) && !text_has_bidi_control(name) &&
           text_length(name) <= OPERATOR_NAME_LENGTH_MAX;
}

/* True of one address (RFC 6068), perhaps with a subject. */
static bool is_mail_address(const char *value)
{
    const char *local = value + strlen(MAILTO);
    const char *domain = local + strcspn(local, "@?/:,;") + 1;
    size_t length = domain[-1] == '@' ? strspn(domain, DOMAIN_CHARACTERS) : 0;

    return domain - 1 > local && length > 0 && (domain[length] == '\0' || domain[length] == '?') &&
           url_is_encoded(value);
}

static bool is_contact(const char *value)
{
    if (value[0] == '\0')
        return true;
    if (strncmp(value, MAILTO, strlen(MAILTO)) == 0)
        return is_mail_address(value);
    return strncmp(value, "https://", 8) == 0 && url_judge(text_of(value)) == URL_GOOD;
}

const struct setting_rule operator_rule_name = {is_name, "must be a text of at most 100 characters", NULL};
const struct setting_rule operator_rule_contact = {
    is_contact, "must be a URL such as mailto:help@example.org or https://example.org/help", NULL};
