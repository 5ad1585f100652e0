#include "address.h"

#include <regex.h>
#include <string.h>

#include "base/memory.h"

/* Local part, "@", and labels of a domain. */
#define LABEL "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#define RULE "^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@" LABEL "(\\." LABEL ")*$"

int address_check(struct text address, struct error *err)
{
    regex_t compiled;
    int result;

    if (address.data == NULL)
        return 0;
    if (address.length > ADDRESS_LENGTH_MAX)
        return error_set(err, ERR_VALIDATION, "an email address must have at most %d characters", ADDRESS_LENGTH_MAX);
    if (regcomp(&compiled, RULE, REG_EXTENDED | REG_NOSUB) != 0)
        return memory_ran_out(err);
    /* regexec() sees nothing behind a NUL. */
    result = strlen(address.data) == address.length ? regexec(&compiled, address.data, 0, NULL, 0) : REG_NOMATCH;
    regfree(&compiled);
    if (result == REG_ESPACE)
        return memory_ran_out(err);
    return result == 0 ? 0 : error_set(err, ERR_VALIDATION, "this is not an email address such as name@example.org");
}

struct text address_key(struct arena *arena, struct text address, bool is_verified)
{
    return is_verified && address.data != NULL ? text_key(arena, address) : (struct text){NULL, 0};
}
