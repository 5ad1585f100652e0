#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "commands.h"
#include "domain/accounts/password.h"
#include "domain/accounts/session.h"

#define LINE_BYTES_MAX 1024

/* Reads one line of standard input. A terminal does not show what is typed. Returns false at the end of the input. */
static bool read_line(const char *prompt, char line[LINE_BYTES_MAX])
{
    struct termios usual;
    bool is_terminal = tcgetattr(STDIN_FILENO, &usual) == 0;
    bool is_read;

    if (is_terminal) {
        struct termios silent = usual;

        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        fputs(prompt, stderr);
    }
    is_read = fgets(line, LINE_BYTES_MAX, stdin) != NULL;
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual);
        fputc('\n', stderr);
    }
    if (is_read)
        line[strcspn(line, "\r\n")] = '\0';
    return is_read;
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
    return password_hash_is_whole(in->call.arena, *out)
               ? 0
               : error_set(err, ERR_VALIDATION,
                           "this is not a yescrypt, bcrypt or sha512-crypt hash as crypt(5) writes it");
}

int set_password_if_asked(const struct invocation *in, const struct id *account_id, struct error *err)
{
    struct text hash = {NULL, 0};

    if (command_option(in, "password") != NULL) {
        char password[LINE_BYTES_MAX];

        if (read_password(password, err) < 0)
            return -1;
        hash = password_hash(in->call.arena, text_of(password));
        memory_wipe(password, sizeof(password));
    } else if (command_option(in, "password-hash") == NULL) {
        return 0;
    } else if (read_hash(in, &hash, err) < 0) {
        return -1;
    }
    return session_set_password(&in->call, account_id, hash, err);
}
