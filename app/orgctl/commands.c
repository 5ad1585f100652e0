#include "commands.h"

const struct command commands[] = {
#define COMMAND(noun, verb, argument, needs_database, run, options, sentence, manual)                                  \
    {noun, verb, argument, sentence, options, needs_database, run},
#include "commands.def"
#undef COMMAND
    {0},
};
