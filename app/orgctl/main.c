#include <curl/curl.h>
#include <getopt.h>
#include <limits.h>
#include <mysql.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/jsonr.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "become.h"
#include "command.h"
#include "db/db_options.h"
#include "help.h"
#include "process/confine.h"

enum exit_code { EXIT_DONE, EXIT_REFUSED, EXIT_BAD_USAGE };

/* getopt_long() returns this plus the option's place in the command's table. */
#define OPTION_BASE 1000

struct arguments {
    const struct command *command;
    const char *config_file;
    bool wants_json;
    bool wants_help;
    bool wants_version;
    struct invocation *in;
};

PRINTF_LIKE(2, 3)
static int usage(const struct command *command, const char *format, ...)
{
    va_list arguments;

    fputs("orgctl: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    help_print_synopsis(stderr, command);
    return EXIT_BAD_USAGE;
}

/* Finds the command that the first words name, or NULL. `used` gets how many words that took. */
static const struct command *find_command(int argc, char **argv, int *used)
{
    for (const struct command *command = commands; command->noun != NULL; command++) {
        if (argc < 1 || strcmp(argv[0], command->noun) != 0)
            continue;
        *used = command->verb == NULL ? 1 : 2;
        if (command->verb == NULL || (argc > 1 && strcmp(argv[1], command->verb) == 0))
            return command;
    }
    return NULL;
}

static bool is_noun(const char *word)
{
    for (const struct command *command = commands; command->noun != NULL; command++)
        if (strcmp(command->noun, word) == 0)
            return true;
    return false;
}

/* The options of every command. */
static const struct option common_options[] = {
    {"config", required_argument, NULL, 'c'}, {"json", no_argument, NULL, 'j'},    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},         {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0},
};
#define COMMON_OPTIONS (ARRAY_LENGTH(common_options) - 1)

/* Returns false if `option` is not one of them. */
static bool take_common_option(int option, struct arguments *out)
{
    switch (option) {
    case 'c':
        out->config_file = optarg;
        return true;
    case 'j':
        out->wants_json = true;
        return true;
    case 'q':
        out->in->is_quiet = true;
        return true;
    case 'h':
        out->wants_help = true;
        return true;
    case 'V':
        out->wants_version = true;
        return true;
    default:
        return false;
    }
}

static void make_long_options(const struct command *command, struct option *out)
{
    memcpy(out, common_options, sizeof(common_options));
    out += COMMON_OPTIONS;
    for (size_t i = 0; help_has_option(command, i); i++)
        *out++ = (struct option){command->options[i].name, command->options[i].value ? required_argument : no_argument,
                                 NULL, OPTION_BASE + (int)i};
    *out = (struct option){0};
}

/* Returns EXIT_DONE, or EXIT_BAD_USAGE after a message. */
static int read_options(int argc, char **argv, struct arguments *out)
{
    const struct command *command = out->command;
    struct option long_options[COMMAND_OPTIONS_MAX + ARRAY_LENGTH(common_options)];
    int option;

    make_long_options(command, long_options);
    optind = 0; /* glibc: start again */
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option >= OPTION_BASE)
            out->in->values[option - OPTION_BASE] = optarg == NULL ? "" : optarg;
        else if (!take_common_option(option, out)) {
            help_suggest_option(argv[optind - 1], command);
            return usage(command, "it is used like this:");
        }
    }
    if (out->wants_help || out->wants_version)
        return EXIT_DONE;
    if (command->argument != NULL) {
        if (optind == argc)
            return usage(command, "%s is missing", command->argument);
        out->in->argument = argv[optind++];
    }
    if (optind < argc)
        return usage(command, "%s: there are too many arguments", argv[optind]);
    for (size_t i = 0; help_has_option(command, i); i++)
        if (command->options[i].is_required && out->in->values[i] == NULL)
            return usage(command, "--%s is missing", command->options[i].name);
    return EXIT_DONE;
}

/* An operator sees all. */
static const char *for_operator(struct arena *arena, const char *message)
{
    static const char doubt[] = ", or you may not see it";
    const char *at = strstr(message, doubt);

    return at == NULL ? message : arena_printf(arena, "%.*s%s", (int)(at - message), message, at + strlen(doubt));
}

static int complain(const struct error *err, const struct db *db)
{
    const char *cause = db == NULL ? "" : db_last_cause(db);
    struct arena *arena;

    if (db != NULL && err->kind == ERR_INTERNAL && db_last_number(db) == DB_NO_SUCH_TABLE) {
        fprintf(stderr, "orgctl: the database lacks a table: %s. Run 'orgctl migrate'; 'orgctl check' says more\n",
                cause);
        return EXIT_REFUSED;
    }
    arena = arena_open();
    fprintf(stderr, "orgctl: %s\n", text_printable(arena, text_of(for_operator(arena, err->message))));
    arena_close(arena);
    if (cause[0] != '\0' && (err->kind == ERR_UNAVAILABLE || err->kind == ERR_INTERNAL) &&
        strstr(err->message, cause) == NULL)
        fprintf(stderr, "orgctl: cause: %s\n", cause);
    return err->kind == ERR_VALIDATION ? EXIT_BAD_USAGE : EXIT_REFUSED;
}

/* Who runs this command, and where. Who used sudo is still that person. */
static struct text operator_name(struct arena *arena)
{
    char host[HOST_NAME_MAX + 1] = "localhost";
    const struct passwd *user = getpwuid(getuid());
    const char *sudo = getenv("SUDO_USER");
    const char *name = user == NULL ? "unknown" : user->pw_name;

    gethostname(host, sizeof(host) - 1);
    return text_of(arena_printf(arena, "%s@%s", getuid() == 0 && sudo != NULL ? sudo : name, host));
}

/* Returns the group of the option file that the command uses; NULL: the one for administration. */
static const char *group_of(const struct command *command)
{
    return command->needs == LOOKS_AS_WORKERS || command->needs == WORKS_AS_WORKERS ? "orgd" : NULL;
}

/* A client of the API is told no more than that it may try again. */
static int complain_of_connection(const struct invocation *in, const struct error *err)
{
    const struct config *config = in->call.config;
    const char *group = group_of(in->command);

    if (err->kind != ERR_UNAVAILABLE)
        return complain(err, in->call.db);
    fprintf(stderr, "orgctl: cannot use the database: %s\n", db_last_cause(in->call.db));
    if (config->path == NULL)
        fputs("orgctl: there is no configuration file: run 'orgctl setup', or give --config FILE\n", stderr);
    else if (group == NULL && strcmp(db_option_group(config->database_option_file), "orgctl") == 0)
        fprintf(stderr,
                "orgctl: 'orgctl check' says what to do; if all is well there, correct the group [orgctl] of %s\n",
                config->database_option_file);
    else
        fputs("orgctl: 'orgctl check' says what to do\n", stderr);
    return EXIT_REFUSED;
}

static int run(struct invocation *in)
{
    struct error err = {.kind = ERR_NONE};
    int status = EXIT_DONE;

    in->exit_status = &status;
    in->call.caller.kind = CALLER_OPERATOR;
    in->call.origin.operator_name = operator_name(in->call.arena);
    in->call.now = timestamp_now();
    if (in->command->needs > NEEDS_NOTHING)
        in->call.db = command_open_database(in->call.config, group_of(in->command), in->call.arena);
    if (in->command->needs >= NEEDS_DATABASE && db_connect(in->call.db, &err) < 0)
        status = complain_of_connection(in, &err);
    else if (in->command->run(in, &err) < 0 || (memory_has_run_out() && memory_ran_out(&err) < 0))
        status = complain(&err, in->call.db);
    db_close(in->call.db);
    in->exit_status = NULL;
    return status;
}

static void warn_of_unknown_variables(const struct invocation *in, struct arena *arena)
{
    const char *name;

    for (size_t place = 0; (name = config_unknown_variable(&place, arena)) != NULL;)
        command_warn(in, "the environment variable %s means nothing: orgd.conf(5) lists the settings", name);
}

/* A monitoring system reads standard output, and takes 2 for a fault. */
static int fail_to_start(const struct invocation *in, const struct error *err)
{
    if (command_option(in, "nagios") == NULL)
        return complain(err, NULL);
    printf("ORGD CRITICAL - %s\n", err->message);
    return EXIT_BAD_USAGE;
}

static int configure_and_run(struct arguments *arguments, struct arena *arena)
{
    struct invocation in = *arguments->in;
    const char *user = in.command->needs == LOOKS_AS_WORKERS ? command_option(&in, "as") : NULL;
    struct output output;
    struct config config;
    struct error err;

    if (user != NULL && become_user(user, &err) < 0)
        return fail_to_start(&in, &err);
    if (in.command->needs > NEEDS_NOTHING) {
        if (config_read(arguments->config_file, arena, &config, &err) < 0) {
            if (config.is_compiled_in && config.path != NULL)
                fputs("orgctl: nobody has named this configuration; if it is not yours, name one with --config FILE\n",
                      stderr);
            return fail_to_start(&in, &err);
        }
        warn_of_unknown_variables(&in, arena);
        in.call.config = &config;
    }
    output_init(&output, arguments->wants_json, arena);
    in.output = &output;
    in.call.arena = arena;
    return run(&in);
}

static int start(struct arguments *arguments)
{
    struct arena *arena = arena_open();
    struct error err;
    int status;

    /* The layers below log nothing: complain() prints the cause instead. */
    if (log_open("orgctl", "none", LOG_LEVEL_ERROR, &err) < 0 || confine_hide(&err) < 0)
        return complain(&err, NULL);
    jsonr_prepare();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    mysql_library_init(0, NULL, NULL);
    status = configure_and_run(arguments, arena);
    mysql_library_end();
    curl_global_cleanup();
    arena_close(arena);
    return status;
}

static bool asks_for_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* Handles a line without a command: prints help, or a message. */
static int without_command(const struct arguments *arguments, int argc, char **argv)
{
    const char *noun = argc > 0 && is_noun(argv[0]) ? argv[0] : NULL;
    const char *verb = argc > 1 && !asks_for_help(argv[1]) ? argv[1] : NULL;

    if (arguments->wants_help && (argc == 0 || (noun != NULL && verb == NULL))) {
        help_print_overview(stdout, noun);
        return EXIT_DONE;
    }
    if (argc > 0)
        help_suggest_command(argv[0], verb);
    if (argc > 0 && noun == NULL)
        fputs("orgctl: 'orgctl help' lists all commands\n", stderr);
    else
        help_print_overview(stderr, noun);
    return EXIT_BAD_USAGE;
}

/* Reads the options before the command's name. Returns the place of that name, or -1 after a message. */
static int read_leading_options(int argc, char **argv, struct arguments *out)
{
    int option;

    while ((option = getopt_long(argc, argv, "+h", common_options, NULL)) != -1) {
        if (take_common_option(option, out))
            continue;
        help_suggest_option(argv[optind - 1], NULL);
        help_print_overview(stderr, NULL);
        return -1;
    }
    return optind;
}

static int print_version(void)
{
    puts("orgctl (" PACKAGE_STRING ")");
    return EXIT_DONE;
}

/* "help NOUN VERB" is "NOUN VERB --help". Returns how many words that takes. */
static int take_help(int argc, char **argv, struct arguments *out)
{
    if (argc < 1 || strcmp(argv[0], "help") != 0)
        return 0;
    out->wants_help = true;
    return 1;
}

static int administer(int argc, char **argv)
{
    static char name[] = "orgctl";
    struct invocation in = {0};
    struct arguments arguments = {.in = &in};
    int used = 0;
    int first;
    int status;

    argv[0] = name; /* as getopt_long() calls it in its messages */
    first = read_leading_options(argc, argv, &arguments);
    if (first < 0)
        return EXIT_BAD_USAGE;
    if (arguments.wants_version)
        return print_version();
    first += take_help(argc - first, argv + first, &arguments);
    in.command = arguments.command = find_command(argc - first, argv + first, &used);
    if (in.command == NULL) {
        arguments.wants_help |= argc > first + 1 && asks_for_help(argv[first + 1]);
        return without_command(&arguments, argc - first, argv + first);
    }
    first += used - 1;
    argv[first] = name;
    status = read_options(argc - first, argv + first, &arguments);
    if (status != EXIT_DONE)
        return status;
    if (arguments.wants_version)
        return print_version();
    if (arguments.wants_help) {
        help_print(arguments.command);
        return EXIT_DONE;
    }
    return start(&arguments);
}

/* What could not be written is lost, so a reader who went away is an error like any other and not the end. */
int main(int argc, char **argv)
{
    struct error err;
    int status;

    signal(SIGPIPE, SIG_IGN);
    status = administer(argc, argv);
    return status == EXIT_DONE && output_flush(&err) < 0 ? complain(&err, NULL) : status;
}
