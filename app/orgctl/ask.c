#include "ask.h"

#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

/* What may end or stop the program while nothing that is typed is shown. */
static const int interruptions[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

static volatile sig_atomic_t interruption; /* the one that came; 0: none */

static void on_interruption(int number)
{
    interruption = number;
}

/* From now on an interruption ends the reading of a line, and not the program. A signal that the program was started to
 * ignore (nohup(1)) stays ignored. */
static void hold_interruptions(struct sigaction usual[])
{
    const struct sigaction action = {.sa_handler = on_interruption};

    interruption = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(interruptions); i++) {
        sigaction(interruptions[i], NULL, &usual[i]);
        if (usual[i].sa_handler != SIG_IGN)
            sigaction(interruptions[i], &action, NULL);
    }
}

/* Now the one that came has its usual effect. */
static void let_interruptions_through(const struct sigaction usual[])
{
    for (size_t i = 0; i < ARRAY_LENGTH(interruptions); i++)
        sigaction(interruptions[i], &usual[i], NULL);
    if (interruption != 0)
        raise(interruption);
}

struct text line_text(const struct line *line)
{
    return (struct text){line->bytes, line->length};
}

bool line_read(struct line *line)
{
    int c = 0;

    line->length = 0;
    while (line->length + 1 < sizeof(line->bytes) && (c = getc(stdin)) != EOF && c != '\n')
        line->bytes[line->length++] = (char)c;
    if (ferror(stdin) || (c == EOF && line->length == 0))
        return false;
    if (line->length > 0 && line->bytes[line->length - 1] == '\r')
        line->length--;
    line->bytes[line->length] = '\0';
    return true;
}

/* The terminal shows again what is typed, however the reading ends. */
static bool take_unseen_line(const char *prompt, const struct termios *usual, struct line *line)
{
    struct sigaction actions[ARRAY_LENGTH(interruptions)];
    struct termios silent = *usual;
    bool is_read;

    silent.c_lflag &= ~(tcflag_t)ECHO;
    hold_interruptions(actions);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    fputs(prompt, stderr);
    is_read = line_read(line);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, usual);
    fputc('\n', stderr);
    let_interruptions_through(actions);
    return is_read;
}

bool ask_unseen(const char *prompt, struct line *line)
{
    struct termios usual;

    return tcgetattr(STDIN_FILENO, &usual) == 0 ? take_unseen_line(prompt, &usual, line) : line_read(line);
}

const char *ask(const char *question, const char *usual, struct arena *arena)
{
    struct line line;

    if (usual == NULL)
        fprintf(stderr, "%s: ", question);
    else
        fprintf(stderr, "%s [%s]: ", question, usual);
    if (!line_read(&line))
        return NULL;
    return line.length == 0 && usual != NULL ? usual : arena_strndup(arena, line.bytes, line.length);
}
