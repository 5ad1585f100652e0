#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "commands.h"
#include "domain/accounts/password.h"

#define LINE_BYTES_MAX 1024

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

/* A line without its end. A NUL byte is a part of it, so that whoever checks the line sees all of it. */
struct line {
    char bytes[LINE_BYTES_MAX];
    size_t length;
};

static struct text text_of_line(const struct line *line)
{
    return (struct text){line->bytes, line->length};
}

static bool take_line(struct line *line)
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
    is_read = take_line(line);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, usual);
    fputc('\n', stderr);
    let_interruptions_through(actions);
    return is_read;
}

/* Reads one line of standard input. A terminal does not show what is typed. Returns false at the end of the input. */
static bool read_line(const char *prompt, struct line *line)
{
    struct termios usual;

    return tcgetattr(STDIN_FILENO, &usual) == 0 ? take_unseen_line(prompt, &usual, line) : take_line(line);
}

/* Asks twice at a terminal, because people cannot see what they type. */
static int read_password(struct line *password, struct error *err)
{
    struct line again;
    bool is_same;

    if (!read_line("New password: ", password))
        return error_set(err, ERR_VALIDATION, "there is no password on standard input");
    if (password_check(text_of_line(password), err) < 0)
        return -1;
    if (!isatty(STDIN_FILENO))
        return 0;
    is_same = read_line("Again: ", &again) && text_equal(text_of_line(&again), text_of_line(password));
    memory_wipe(&again, sizeof(again));
    return is_same ? 0 : error_set(err, ERR_VALIDATION, "the two passwords differ; nothing was changed");
}

static int read_hash(const struct invocation *in, struct text *out, struct error *err)
{
    struct line line;

    if (!read_line("Hash: ", &line))
        return error_set(err, ERR_VALIDATION, "there is no hash on standard input");
    *out = (struct text){arena_strndup(in->call.arena, line.bytes, line.length), line.length};
    return password_hash_check(in->call.arena, *out, err);
}

int read_new_password(const struct invocation *in, struct text *hash, struct error *err)
{
    struct line password;

    *hash = (struct text){NULL, 0};
    if (command_option(in, "password") != NULL && command_option(in, "password-hash") != NULL)
        return error_set(err, ERR_VALIDATION, "--password and --password-hash: give one of them");
    if (command_option(in, "password-hash") != NULL)
        return read_hash(in, hash, err);
    if (command_option(in, "password") == NULL)
        return 0;
    if (read_password(&password, err) < 0)
        return -1;
    *hash = password_hash(in->call.arena, text_of_line(&password));
    memory_wipe(&password, sizeof(password));
    return 0;
}
