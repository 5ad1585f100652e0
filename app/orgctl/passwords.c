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

/* Interruptions end the reading of a line from now on, and nothing else. */
static void hold_interruptions(struct sigaction usual[])
{
    const struct sigaction action = {.sa_handler = on_interruption};

    interruption = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(interruptions); i++)
        sigaction(interruptions[i], &action, &usual[i]);
}

/* Now the one that came has its usual effect. */
static void let_interruptions_through(const struct sigaction usual[])
{
    for (size_t i = 0; i < ARRAY_LENGTH(interruptions); i++)
        sigaction(interruptions[i], &usual[i], NULL);
    if (interruption != 0)
        raise(interruption);
}

static bool take_line(char line[LINE_BYTES_MAX])
{
    if (fgets(line, LINE_BYTES_MAX, stdin) == NULL)
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

/* The terminal shows again what is typed, however the reading ends. */
static bool take_unseen_line(const char *prompt, const struct termios *usual, char line[LINE_BYTES_MAX])
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
static bool read_line(const char *prompt, char line[LINE_BYTES_MAX])
{
    struct termios usual;

    return tcgetattr(STDIN_FILENO, &usual) == 0 ? take_unseen_line(prompt, &usual, line) : take_line(line);
}

/* Asks twice at a terminal, because people cannot see what they type. */
static int read_password(char password[LINE_BYTES_MAX], struct error *err)
{
    char again[LINE_BYTES_MAX];
    bool is_same;

    if (!read_line("New password: ", password))
        return error_set(err, ERR_VALIDATION, "there is no password on standard input");
    if (password_check(text_of(password), err) < 0)
        return -1;
    if (!isatty(STDIN_FILENO))
        return 0;
    is_same = read_line("Again: ", again) && strcmp(again, password) == 0;
    memory_wipe(again, sizeof(again));
    return is_same ? 0 : error_set(err, ERR_VALIDATION, "the two passwords differ; nothing was changed");
}

static int read_hash(const struct invocation *in, struct text *out, struct error *err)
{
    char line[LINE_BYTES_MAX];

    if (!read_line("Hash: ", line))
        return error_set(err, ERR_VALIDATION, "there is no hash on standard input");
    *out = text_of(arena_strndup(in->call.arena, line, strlen(line)));
    return password_hash_check(in->call.arena, *out, err);
}

int read_new_password(const struct invocation *in, struct text *hash, struct error *err)
{
    char password[LINE_BYTES_MAX];

    *hash = (struct text){NULL, 0};
    if (command_option(in, "password") != NULL && command_option(in, "password-hash") != NULL)
        return error_set(err, ERR_VALIDATION, "--password and --password-hash: give one of them");
    if (command_option(in, "password-hash") != NULL)
        return read_hash(in, hash, err);
    if (command_option(in, "password") == NULL)
        return 0;
    if (read_password(password, err) < 0)
        return -1;
    *hash = password_hash(in->call.arena, text_of(password));
    memory_wipe(password, sizeof(password));
    return 0;
}
