#include "commands.h"

const struct command commands[] = {
#define COMMAND(noun, verb, argument, needs, run, options, sentence, manual)                                           \
    {noun, verb, argument, sentence, options, needs, run},
#include "commands.def"
#undef COMMAND
    {0},
};
