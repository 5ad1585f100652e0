#include "cgi_arguments.h"

#include <string.h>

#include "base/arena.h"
#include "web/urlencoded.h"

/* Compares without backslashes: Apache puts them before what means something to a shell. */
static bool is_same(const char *argument, const char *word)
{
    for (;; argument++, word++) {
        argument += strspn(argument, "\\");
        word += strspn(word, "\\");
        if (*argument != *word)
            return false;
        if (*argument == '\0')
            return true;
    }
}

/* Words are decoded before they are handed over, or they are not. */
static bool is_word(struct arena *arena, const char *argument, struct text word)
{
    return is_same(argument, arena_strndup(arena, word.data, word.length)) ||
           is_same(argument, urlencoded_decode(arena, word, false).data);
}

/* Steps back over the arguments that are words of the query, as far as they are. An empty word may be left out. */
static int step_back(struct arena *arena, int argc, char **argv, const char *query)
{
    for (const char *end = query + strlen(query); argc > 1 && end != NULL;) {
        const char *plus = memrchr(query, '+', (size_t)(end - query));
        const char *start = plus == NULL ? query : plus + 1;

        if (is_word(arena, argv[argc - 1], (struct text){start, (size_t)(end - start)}))
            argc--;
        else if (start < end)
            break;
        end = plus;
    }
    return argc;
}

int cgi_arguments_count(int argc, char **argv, const char *query)
{
    struct arena *arena = arena_open();
    int own = step_back(arena, argc, argv, query == NULL ? "" : query);

    arena_close(arena);
    for (int i = own; i < argc; i++)
        if (argv[i][0] == '-')
            return -1;
    return own <= 1 + CGI_ARGUMENTS_MAX ? own : -1;
}
