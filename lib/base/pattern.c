#include "pattern.h"

#include <regex.h>
#include <string.h>

#include "memory.h"

bool pattern_matches(const char *pattern, struct text text)
{
    regex_t compiled;
    int result;

    if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        memory_ran_out(NULL);
        return false;
    }
    /* regexec() sees nothing behind a NUL. */
    result = strlen(text.data) == text.length ? regexec(&compiled, text.data, 0, NULL, 0) : REG_NOMATCH;
    regfree(&compiled);
    if (result == REG_ESPACE)
        memory_ran_out(NULL);
    return result == 0;
}
