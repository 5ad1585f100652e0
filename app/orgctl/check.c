#include "check.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "commands.h"
#include "domain/credentials/access_token.h"
#include "domain/credentials/issuer_keys.h"
#include "domain/credentials/issuer_settings.h"

static const struct {
    const char *result; /* of a row */
    const char *word;   /* of the plugins' line */
    int status;
} verdicts[] = {
    [CHECK_OK] = {"ok", "OK", 0},
    [CHECK_LIMITED] = {"limited", "OK", 0},
    [CHECK_UNKNOWN] = {"unknown", "UNKNOWN", 3},
    [CHECK_WARNING] = {"warning", "WARNING", 1},
    [CHECK_FAILED] = {"FAILED", "CRITICAL", 2},
};

void check_row(struct check *check, const char *what, enum verdict verdict, const char *format, ...)
{
    struct arena *arena = check->in->call.arena;
    char sentence[2048];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    check->rows++;
    check->worst = verdict > check->worst ? verdict : check->worst;
    if (verdict > CHECK_LIMITED) {
        check->faults++;
        check->said =
            arena_printf(arena, "%s%s%s: %s", check->said, check->said[0] == '\0' ? "" : "; ", what, sentence);
    }
    if (check->is_nagios)
        return;
    output_row(check->in->output);
    output_text(check->in->output, "check", text_of(arena_printf(arena, "%s", what)));
    output_text(check->in->output, "result", text_of(verdicts[verdict].result));
    output_text(check->in->output, "what to do", text_of(arena_printf(arena, "%s", sentence)));
}

void check_number(struct check *check, const char *name, double value, const char *unit, const char *limits)
{
    check->data = arena_printf(check->in->call.arena, "%s '%s'=%.6g%s%s", check->data, name, value, unit, limits);
}

/* Workers run as an ordinary user, who may read less than root. */
static void check_user(struct check *check)
{
    const char *listen = check->in->call.config->listen;
    const struct passwd *owner;
    struct stat file;

    check->user = geteuid();
    if (check->user != 0)
        return;
    if (strncmp(listen, "unix:", 5) == 0 && stat(listen + 5, &file) == 0)
        check->user = file.st_uid;
    owner = check->user == 0 ? NULL : getpwuid(check->user);
    check_row(check, "user", CHECK_WARNING, "this looks as root, who may do more than the workers: add '--as %s'%s",
              owner == NULL ? "USER" : owner->pw_name, owner == NULL ? ", with the user that the workers run as" : "");
}

static void check_keys(struct check *check)
{
    const struct config *config = check->in->call.config;
    struct error err;

    if (token_keys_check(config->signing_keys, &err) == 0)
        check_row(check, "signing keys", CHECK_OK, "%s", "");
    else
        check_row(check, "signing keys", CHECK_FAILED, "%s", err.message);
    for (const struct issuer_settings *issuer = config->issuers; issuer != NULL; issuer = issuer->next) {
        const char *what = arena_printf(check->in->call.arena, "keys of %s", issuer->url);

        if (issuer_keys_check(issuer, &err) == 0)
            check_row(check, what, CHECK_OK, "%s", "");
        else
            check_row(check, what, CHECK_FAILED, "%s: %s", issuer->jwks, err.message);
    }
}

static void print_plugin_line(const struct check *check)
{
    struct arena *arena = check->in->call.arena;
    const char *said = check->worst <= CHECK_LIMITED ? arena_printf(arena, "%zu checks", check->rows) : check->said;
    char *at = arena_strndup(arena, said, strlen(said));

    /* What follows a '|' would be performance data. */
    for (char *bar = at; (bar = strchr(bar, '|')) != NULL;)
        *bar = '/';
    printf("ORGD %s - %s |%s 'checks'=%zu 'faults'=%zu;;0\n", verdicts[check->worst].word,
           text_printable(arena, text_of(at)), check->data, check->rows, check->faults);
}

static int conclude(const struct check *check, struct error *err)
{
    struct error lost;

    if (check->is_nagios) {
        print_plugin_line(check);
        if (output_flush(&lost) < 0)
            return error_set(err, ERR_FORBIDDEN, "%s", lost.message);
        *check->in->exit_status = verdicts[check->worst].status;
        return 0;
    }
    output_list(check->in->output, "");
    return check->worst == CHECK_FAILED
               ? error_set(err, ERR_FORBIDDEN, "there are faults; the lines above say what to do")
               : 0;
}

/* If the configuration could not be read, the command has ended before. */
int run_check(const struct invocation *in, struct error *err)
{
    struct check check = {.in = in, .is_nagios = command_option(in, "nagios") != NULL, .said = "", .data = ""};

    check_row(&check, "configuration", CHECK_OK, "%s", "");
    check_user(&check);
    check_files(&check);
    check_keys(&check);
    check_database(&check);
    check_service(&check);
    check_mail(&check);
    return conclude(&check, err);
}
