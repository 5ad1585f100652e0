#include <string.h>

#include "base/text.h"
#include "check_url.h"
#include "commands.h"
#include "db/db_schema.h"
#include "domain/credentials/access_token.h"
#include "domain/credentials/issuer_keys.h"

static bool report(const struct invocation *in, const char *what, bool is_good, const char *sentence)
{
    output_row(in->output);
    output_text(in->output, "check", text_of(what));
    output_text(in->output, "result", text_of(is_good ? "ok" : "FAILED"));
    output_text(in->output, "what to do", text_of(sentence));
    return is_good;
}

static bool check_database(const struct invocation *in)
{
    struct error err;

    if (db_connect(in->call.db, &err) == 0)
        return report(in, "database", true, "");
    return report(in, "database", false,
                  arena_printf(in->call.arena, "%s; see the option file %s", db_last_cause(in->call.db),
                               in->call.config->database_option_file));
}

static bool check_schema(const struct invocation *in)
{
    struct error err;
    bool is_good = db_schema_check(in->call.db, &err) == 0;

    return report(in, "schema", is_good,
                  is_good ? "" : arena_strndup(in->call.arena, err.message, strlen(err.message)));
}

static bool check_keys(const struct invocation *in)
{
    struct error err;
    bool is_good = token_keys_check(in->call.config->signing_keys, &err) == 0;

    return report(in, "signing keys", is_good,
                  is_good ? "" : arena_strndup(in->call.arena, err.message, strlen(err.message)));
}

static bool check_issuers(const struct invocation *in)
{
    struct arena *arena = in->call.arena;
    bool is_good = true;

    for (const struct issuer_settings *issuer = in->call.config->issuers; issuer != NULL; issuer = issuer->next) {
        struct error err;
        bool has_keys = issuer_keys_check(issuer, &err) == 0;

        is_good &= report(in, arena_printf(arena, "keys of %s", issuer->url), has_keys,
                          has_keys ? "" : arena_printf(arena, "%s: %s", issuer->jwks, err.message));
    }
    return is_good;
}

/* If the configuration could not be read, the command has ended before. */
int run_check(const struct invocation *in, struct error *err)
{
    const char *url = command_option(in, "url");
    bool is_good = report(in, "configuration", true, "");
    bool has_database = check_database(in);

    is_good = has_database && is_good;
    if (has_database)
        is_good = check_schema(in) && is_good;
    is_good = check_keys(in) && is_good;
    is_good = check_issuers(in) && is_good;
    for (size_t i = 0; url != NULL && i < check_url_count; i++) {
        const char *advice = check_url(url, i, in->call.arena);

        is_good = report(in, check_url_name(i), advice == NULL, advice == NULL ? "" : advice) && is_good;
        if (i == 0 && advice != NULL)
            break; /* nothing answers: further probes would only repeat that */
    }
    output_list(in->output, "");
    return is_good ? 0 : error_set(err, ERR_FORBIDDEN, "there are faults; the lines above say what to do");
}
