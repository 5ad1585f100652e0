#include <unistd.h>

#include "ask.h"
#include "base/memory.h"
#include "base/text.h"
#include "commands.h"
#include "domain/accounts/password.h"
#include "domain/accounts/password_rules.h"

/* Asks twice at a terminal, because people cannot see what they type. */
static int read_password(const struct invocation *in, const struct password_owner *owner, struct line *password,
                         struct error *err)
{
    struct line again;
    bool is_same;

    if (!ask_unseen("New password: ", password))
        return error_set(err, ERR_VALIDATION, "there is no password on standard input");
    if (password_check(&in->call, line_text(password), owner, err) < 0)
        return -1;
    if (!isatty(STDIN_FILENO))
        return 0;
    is_same = ask_unseen("Again: ", &again) && text_equal(line_text(&again), line_text(password));
    memory_wipe(&again, sizeof(again));
    return is_same ? 0 : error_set(err, ERR_VALIDATION, "the two passwords differ; nothing was changed");
}

static int read_hash(const struct invocation *in, struct text *out, struct error *err)
{
    struct line line;

    if (!ask_unseen("Hash: ", &line))
        return error_set(err, ERR_VALIDATION, "there is no hash on standard input");
    *out = (struct text){arena_strndup(in->call.arena, line.bytes, line.length), line.length};
    return password_hash_check(in->call.arena, *out, err);
}

int read_new_password(const struct invocation *in, const struct account *user, struct text *hash, struct error *err)
{
    const struct password_owner owner = {.username = user->name, .email = user->email};
    struct line password;

    *hash = (struct text){NULL, 0};
    if (command_option(in, "password") != NULL && command_option(in, "password-hash") != NULL)
        return error_set(err, ERR_VALIDATION, "--password and --password-hash: give one of them");
    if (command_option(in, "password-hash") != NULL)
        return read_hash(in, hash, err);
    if (command_option(in, "password") == NULL)
        return 0;
    if (read_password(in, &owner, &password, err) < 0)
        return -1;
    *hash = password_hash(in->call.arena, line_text(&password));
    memory_wipe(&password, sizeof(password));
    return 0;
}
