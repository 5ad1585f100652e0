#include "help.h"

#include <string.h>

#include "domain/config.h"
#include "output.h"

/* As wide as the longest name of a command, and a blank. */
#define NAME_WIDTH 27

bool help_has_option(const struct command *command, size_t index)
{
    return index < COMMAND_OPTIONS_MAX && command->options[index].name != NULL;
}

void help_print_synopsis(FILE *file, const struct command *command)
{
    fprintf(file, "orgctl %s%s%s%s%s", command->noun, command->verb ? " " : "", command->verb ? command->verb : "",
            command->argument ? " " : "", command->argument ? command->argument : "");
    for (size_t i = 0; help_has_option(command, i); i++) {
        const struct command_option *option = &command->options[i];

        fprintf(file, option->is_required ? " --%s%s%s" : " [--%s%s%s]", option->name, option->value ? " " : "",
                option->value ? option->value : "");
    }
    fputc('\n', file);
}

/* Prints the name and, of the sentence, what fits on the line: the part before any explanation. */
static void print_line(FILE *file, const struct command *command)
{
    const char *verb = command->verb == NULL ? "" : command->verb;
    const char *end = strstr(command->sentence, ". ");
    size_t length = strcspn(command->sentence, ";:");
    int width = NAME_WIDTH - (int)strlen(command->noun);

    if (end != NULL && (size_t)(end - command->sentence) < length)
        length = (size_t)(end - command->sentence);
    if (command->sentence[length] == '\0')
        length--; /* its full stop */
    fprintf(file, "  %s %-*s %.*s\n", command->noun, width, verb, (int)length, command->sentence);
}

void help_print_overview(FILE *file, const char *noun)
{
    fputs("orgctl - administers orgd\n\n", file);
    for (const struct command *command = commands; command->noun != NULL; command++) {
        if (noun != NULL && strcmp(noun, command->noun) != 0)
            continue;
        print_line(file, command);
    }
    fputs(
        "\n'orgctl help COMMAND' says how a command is used.\nEvery command takes --config FILE, --json, --quiet (print only what a script needs), --help.\n"
        "The group [orgctl] of database_option_file, else [orgd], says how to reach the database. See orgctl(1).\n",
        file);
}

void help_print(const struct command *command)
{
    help_print_synopsis(stdout, command);
    printf("\n%s\n\n", command->sentence);
    for (size_t i = 0; help_has_option(command, i); i++)
        printf("  --%-20s %s\n", command->options[i].name, command->options[i].sentence);
    printf("  --%-20s %s\n  --%-20s %s\n  --%-20s %s\n  -h, --%-16s %s\n", "config FILE",
           "read this configuration; default: $ORGD_CONFIG, else " CONFIG_DEFAULT_FILES, "json", "print JSON", "quiet",
           "print only what a script needs", "help", "print this");
}

/* Suggestions */

/* Words longer than this are no slip of the fingers. */
#define WORD_LENGTH_MAX 40
/* How many letters may be wrong. */
#define SLIPS_MAX 2

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t smaller = a < b ? a : b;

    return smaller < c ? smaller : c;
}

/* How many letters must be put in, left out, replaced or exchanged with the next one to make one word of the other. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[WORD_LENGTH_MAX + 1][WORD_LENGTH_MAX + 1];
    size_t a_length = strlen(a);
    size_t b_length = strlen(b);

    if (a_length > WORD_LENGTH_MAX || b_length > WORD_LENGTH_MAX)
        return SLIPS_MAX + 1;
    for (size_t i = 0; i <= a_length; i++)
        for (size_t j = 0; j <= b_length; j++) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            rows[i][j] = smallest(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && rows[i - 2][j - 2] + 1 < rows[i][j])
                rows[i][j] = rows[i - 2][j - 2] + 1;
        }
    return rows[a_length][b_length];
}

/* Takes the candidate if it is the nearest so far. */
static void consider(const char *typed, const char *candidate, size_t *least, const char **nearest)
{
    size_t slips = distance(typed, candidate);

    if (slips < *least) {
        *least = slips;
        *nearest = candidate;
    }
}

void help_suggest_command(const char *noun, const char *verb)
{
    size_t least = SLIPS_MAX + 1;
    const char *nearest = NULL;
    bool knows_noun = false;

    for (const struct command *command = commands; command->noun != NULL; command++) {
        bool is_noun = strcmp(command->noun, noun) == 0;

        knows_noun |= is_noun;
        if (is_noun && verb != NULL && command->verb != NULL)
            consider(verb, command->verb, &least, &nearest);
    }
    if (knows_noun && verb == NULL)
        return;
    for (const struct command *command = commands; !knows_noun && command->noun != NULL; command++)
        consider(noun, command->noun, &least, &nearest);
    fprintf(stderr, "orgctl: there is no command '%s%s%s'", noun, knows_noun ? " " : "", knows_noun ? verb : "");
    if (nearest != NULL)
        fprintf(stderr, "; did you mean '%s%s%s'?", knows_noun ? noun : "", knows_noun ? " " : "", nearest);
    fputc('\n', stderr);
}

void help_suggest_option(const char *typed, const struct command *command)
{
    static const char *const common[] = {"config", "json", "quiet", "help", "version"};
    size_t least = SLIPS_MAX + 1;
    const char *nearest = NULL;
    char word[WORD_LENGTH_MAX + 1];

    if (strncmp(typed, "--", 2) != 0)
        return;
    snprintf(word, sizeof(word), "%.*s", (int)strcspn(typed + 2, "="), typed + 2);
    for (size_t i = 0; command != NULL && help_has_option(command, i); i++)
        consider(word, command->options[i].name, &least, &nearest);
    for (size_t i = 0; i < ARRAY_LENGTH(common); i++)
        consider(word, common[i], &least, &nearest);
    if (nearest != NULL && least > 0)
        fprintf(stderr, "orgctl: did you mean '--%s'?\n", nearest);
}
