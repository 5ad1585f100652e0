/* What somebody types, or a script writes to standard input. */
#ifndef ORGCTL_ASK_H
#define ORGCTL_ASK_H

#include "base/arena.h"
#include "base/base.h"

#define LINE_BYTES_MAX 1024

/* A line without its end. A NUL byte is a part of it, so that whoever checks the line sees all of it. */
struct line {
    char bytes[LINE_BYTES_MAX];
    size_t length;
};

struct text line_text(const struct line *line);

/* Reads one line of standard input. Returns false at the end of the input. */
bool line_read(struct line *line);

/* Reads one line of standard input. At a terminal it prompts, and what is typed is not shown. Returns false at the end
 * of the input. */
bool ask_unseen(const char *prompt, struct line *line);

/* Asks at the terminal, and returns the answer, in the arena: `usual` (which may be NULL) for an empty one. Returns
 * NULL at the end of the input. */
const char *ask(const char *question, const char *usual, struct arena *arena);

#endif
