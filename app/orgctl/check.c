#include <string.h>

#include "base/text.h"
#include "check_files.h"
#include "check_url.h"
#include "commands.h"
#include "db/db_schema.h"
#include "domain/access/purge.h"
#include "domain/credentials/access_token.h"
#include "domain/credentials/issuer_keys.h"

#define PURGE_LATE_US (3600 * US_PER_S)

static void add_row(const struct invocation *in, const char *what, const char *result, const char *sentence)
{
    output_row(in->output);
    output_text(in->output, "check", text_of(what));
    output_text(in->output, "result", text_of(result));
    output_text(in->output, "what to do", text_of(sentence));
}

static bool report(const struct invocation *in, const char *what, bool is_good, const char *sentence)
{
    add_row(in, what, is_good ? "ok" : "FAILED", sentence);
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

/* Rows that are over wait at most some seconds for a courier, and some minutes for a timer. */
static bool check_purge(const struct invocation *in)
{
    struct timestamp oldest = {0};
    struct error err;

    if (purge_backlog(&in->call, &oldest, &err) < 0)
        return report(in, "purge", false, arena_strndup(in->call.arena, err.message, strlen(err.message)));
    if (oldest.us == 0 || oldest.us > in->call.now.us - PURGE_LATE_US)
        return report(in, "purge", true, "");
    return report(in, "purge", false,
                  "Rows that are over have waited for an hour, and nobody removes them. Let 'orgd --listen' keep the "
                  "workers, or run 'orgctl purge' every few minutes; see orgctl(1).");
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

static bool check_modes(const struct invocation *in, const char *what, const char *path, bool is_secret)
{
    const char *fault = check_file(path, is_secret, in->call.arena);

    return report(in, what, fault == NULL, fault == NULL ? "" : fault);
}

static bool check_all_modes(const struct invocation *in)
{
    const struct config *config = in->call.config;
    bool is_good = check_modes(in, "access to the option file", config->database_option_file, true);

    is_good = check_modes(in, "access to the signing keys", config->signing_keys, true) && is_good;
    is_good = check_modes(in, "access to the migrations", config->sql_directory, false) && is_good;
    for (const struct issuer_settings *issuer = config->issuers; issuer != NULL; issuer = issuer->next)
        if (issuer->jwks[0] == '/')
            is_good =
                check_modes(in, arena_printf(in->call.arena, "access to %s", issuer->jwks), issuer->jwks, false) &&
                is_good;
    return is_good;
}

/* On a shared host, what its tenants cannot change is no fault of theirs. */
static bool check_web_server(const struct invocation *in, const char *url)
{
    bool is_hosting = command_option(in, "hosting") != NULL;
    bool is_good = true;

    for (size_t i = 0; i < check_url_count; i++) {
        const char *advice = check_url(url, i, in->call.arena);
        const char *cost = is_hosting ? check_url_cost(i) : NULL;

        if (advice != NULL && cost != NULL)
            add_row(in, check_url_name(i), "limited", cost);
        else
            is_good = report(in, check_url_name(i), advice == NULL, advice == NULL ? "" : advice) && is_good;
        if (i == 0 && advice != NULL)
            break; /* nothing answers: further probes would only repeat that */
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
        is_good = check_schema(in) && check_purge(in) && is_good;
    is_good = check_keys(in) && is_good;
    is_good = check_issuers(in) && is_good;
    is_good = check_all_modes(in) && is_good;
    if (url != NULL)
        is_good = check_web_server(in, url) && is_good;
    output_list(in->output, "");
    return is_good ? 0 : error_set(err, ERR_FORBIDDEN, "there are faults; the lines above say what to do");
}
