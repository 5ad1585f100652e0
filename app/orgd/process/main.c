#include <curl/curl.h>
#include <getopt.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/jsonr.h"
#include "base/log.h"
#include "cgi.h"
#include "cgi_arguments.h"
#include "domain/config.h"
#include "domain/credentials/access_token.h"
#include "domain/credentials/issuer_keys.h"
#include "pool.h"
#include "process/confine.h"
#include "start.h"
#include "worker.h"

#define EXIT_USAGE 2

static const char help[] =
    "orgd - the Organizations API as a FastCGI application\n"
    "\n"
    "  orgd [--config FILE]                                serves file descriptor 0, as a web server's child\n"
    "                                                      or one request, as a CGI program\n"
    "  orgd [--config FILE] --listen ADDRESS [--workers N] binds ADDRESS and keeps N workers serving it\n"
    "  orgd [--config FILE] --check                        checks the configuration and the keys, and ends\n"
    "\n"
    "  -c, --config FILE     read this configuration; default: $ORGD_CONFIG, else\n"
    "                        " CONFIG_DEFAULT_FILES "\n"
    "  -l, --listen ADDRESS  unix:PATH or HOST:PORT\n"
    "  -w, --workers N       number of workers\n"
    "  -C, --check           exit with 0 if orgd would start\n"
    "      --check-start     the same without the keys of other issuers, as a reload asks\n"
    "  -V, --version\n"
    "  -h, --help\n"
    "\n"
    "SIGTERM ends it after the current requests. SIGHUP makes the pool read configuration and program again.\n"
    "See orgd(8), orgd.conf(5), orgctl(1).\n";

struct options {
    const char *config_file;
    const char *listen;
    const char *workers;
    bool check_only;
    bool check_start; /* looks at what a start needs, and nothing else */
};

static bool is_check(const struct options *options)
{
    return options->check_only || options->check_start;
}

static bool is_cgi(void)
{
    return !worker_has_socket() && cgi_is_asked_for();
}

/* Returns the exit status if the program is to end now, else -1. */
static int parse(int argc, char **argv, const char *short_options, const struct option *long_options,
                 struct options *out)
{
    int option;

    while ((option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
        switch (option) {
        case 'c':
            out->config_file = optarg;
            break;
        case 'l':
            out->listen = optarg;
            break;
        case 'w':
            out->workers = optarg;
            break;
        case 'C':
            out->check_only = true;
            break;
        case 'S':
            out->check_start = true;
            break;
        case 'V':
            puts(PACKAGE_STRING);
            return 0;
        case 'h':
            fputs(help, stdout);
            return 0;
        default:
            fputs("Try 'orgd --help'.\n", stderr);
            return EXIT_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "orgd: unexpected argument '%s'\nTry 'orgd --help'.\n", argv[optind]);
        return EXIT_USAGE;
    }
    return -1;
}

static int read_options(int argc, char **argv, struct options *out)
{
    static const struct option long_options[] = {
        {"config", required_argument, NULL, 'c'},  {"listen", required_argument, NULL, 'l'},
        {"workers", required_argument, NULL, 'w'}, {"check", no_argument, NULL, 'C'},
        {"check-start", no_argument, NULL, 'S'},   {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };

    return parse(argc, argv, "c:l:w:CVh", long_options, out);
}

/* A stranger's request chooses nothing, and any other option makes no sense there. */
static int read_options_of_cgi(int argc, char **argv, struct options *out)
{
    static const struct option long_options[] = {{"config", required_argument, NULL, 'c'}, {NULL, 0, NULL, 0}};
    int own = cgi_arguments_count(argc, argv, getenv("QUERY_STRING"));

    if (own >= 0)
        return parse(own, argv, "c:", long_options, out);
    fputs("orgd: a CGI program takes --config FILE alone, and no option from the query of a request\n", stderr);
    return EXIT_USAGE;
}

/* Whoever checks reads the findings at once. The log file is left to the workers' user, which may be another one: if
 * root made it, they could not write it. */
static int prepare_log(const struct options *options, const struct config *config, struct error *err)
{
    return is_check(options) ? log_check(config->log, err) : log_open("orgd", config->log, config->log_threshold, err);
}

/* The log that a faulty configuration names is the best place to say so: stderr may lead nowhere. */
static void find_log(const struct options *options, struct arena *arena)
{
    const char *target = is_check(options) ? NULL : config_log_of(options->config_file, arena);
    struct error err;

    if (target != NULL && log_open("orgd", target, LOG_LEVEL_INFO, &err) < 0)
        log_error("%s", err.message);
}

/* Options become environment variables, so that one place checks all values. Returns the exit status. */
static int configure(const struct options *options, struct arena *arena, struct config *out)
{
    struct error err;

    if (options->listen != NULL)
        setenv("ORGD_LISTEN", options->listen, 1);
    if (options->workers != NULL)
        setenv("ORGD_WORKERS", options->workers, 1);
    if (config_read(options->config_file, arena, out, &err) < 0) {
        find_log(options, arena);
        return start_refuse(out, is_check(options), err.message);
    }
    if (prepare_log(options, out, &err) < 0)
        return start_refuse(out, is_check(options), err.message);
    if (options->check_start)
        return 0;
    if (!is_cgi())
        start_describe(out, options->check_only);
    start_warn(out, options->check_only, arena);
    return 0;
}

/* Comes before any key or password is read. A reload executes the program, which would undo it. */
static int hide(void)
{
    struct error err;

    if (confine_hide(&err) == 0)
        return 0;
    log_error("%s", err.message);
    return -1;
}

/* Checks everything that a start needs, except the database, which may come later. */
static int check(const struct config *config, const struct options *options)
{
    struct error err;

    if (confine_check(config->has_seccomp, &err) == 0 && token_keys_check(config->signing_keys, &err) == 0)
        return 0;
    return start_refuse(config, is_check(options), err.message);
}

/* Checks the key files of other issuers. A start does not need them, because they may come back, but --check reports
 * them. */
static int check_issuers(const struct config *config)
{
    int status = 0;

    for (const struct issuer_settings *issuer = config->issuers; issuer != NULL; issuer = issuer->next) {
        struct error err;

        if (issuer->jwks[0] == '/' && issuer_keys_check(issuer, &err) < 0) {
            fprintf(stderr, "orgd: issuer %s: jwks = %s: %s\n", issuer->url, issuer->jwks, err.message);
            status = EXIT_USAGE;
        }
    }
    return status;
}

static int run(const struct config *config, const struct options *options, char **argv)
{
    int status = check(config, options);

    if (status == 0 && options->check_only)
        return check_issuers(config);
    if (status != 0 || options->check_start)
        return status;
    if (is_cgi())
        return cgi_run(config);
    if (config->listen[0] != '\0')
        return pool_run(config, argv);
    if (worker_has_socket())
        return worker_run(config);
    return start_refuse(
        config, false,
        "file descriptor 0 is not a FastCGI socket: start orgd from a web server or spawn-fcgi, or let it open a socket "
        "with --listen unix:PATH; see orgd(8)");
}

int main(int argc, char **argv)
{
    struct options options = {0};
    int status = is_cgi() ? read_options_of_cgi(argc, argv, &options) : read_options(argc, argv, &options);
    struct arena *arena;
    struct config config;

    if (status >= 0)
        return status;
    if (hide() < 0)
        return EXIT_USAGE;
    jsonr_prepare();
    curl_global_init(CURL_GLOBAL_NOTHING);
    mysql_library_init(0, NULL, NULL);
    arena = arena_open();
    status = configure(&options, arena, &config);
    if (status == 0)
        status = run(&config, &options, argv);
    arena_close(arena);
    mysql_library_end();
    curl_global_cleanup();
    return status;
}
