/* Prints what documents repeat from tables in the code:
 *     tables sample     conf/orgd.conf
 *     tables settings   the list of settings in man/orgd.conf.5
 *     tables issuer     the list of an issuer's settings there
 *     tables commands   the list of commands in man/orgctl.1
 *     tables completion the same for bash, in conf/completion/orgctl
 *     tables limits     the list of limits in man/orgd.conf.5
 *     tables metrics    the list of metrics in man/orgd.8
 *     tables json       the tables themselves, for tests
 * It is always built for the prefix /usr/local, because the documents show that one. */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/orgctl/command.h"
#include "app/orgd/http/access_log.h"
#include "app/orgd/http/idempotency_key.h"
#include "app/orgd/http/request_id.h"
#include "app/orgd/oauth/authorize.h"
#include "app/orgd/oauth/client_auth.h"
#include "app/orgd/process/connections.h"
#include "base/log.h"
#include "db/db_hosts.h"
#include "db/db_private.h"
#include "db/db_schema.h"
#include "domain/accounts/key.h"
#include "domain/accounts/mailed_link.h"
#include "domain/accounts/password.h"
#include "domain/accounts/session.h"
#include "domain/credentials/access_token.h"
#include "domain/credentials/identity.h"
#include "domain/credentials/issuer.h"
#include "domain/credentials/issuer_keys.h"
#include "domain/mail/mail.h"
#include "domain/name.h"
#include "domain/oauth/client.h"
#include "domain/oauth/code.h"
#include "domain/oauth/device.h"
#include "domain/organizations/role.h"
#include "domain/organizations/service_account.h"
#include "domain/organizations/team.h"
#include "process/settings.h"
#include "web/body.h"
#include "web/http_request.h"
#include "web/http_response.h"
#include "web/operator.h"
#include "web/urlencoded.h"

#define WIDTH 100
#define TEXT_SIZE 2048

/* A row of a settings.def. A heading has only a title. */
struct row {
    const char *title;
    const char *key;
    const char *default_text; /* NULL: the setting is required */
    const char *example;      /* what the sample shows, instead of a default */
    int64_t minimum, maximum; /* of an int */
    const char *unit;         /* of an int, else NULL */
    const char *sentence;
    const char *manual;
};

#define SETTING_TEXT(key, default_value, rule, sentence, manual)                                                       \
    {NULL, #key, default_value, default_value, 0, 0, NULL, sentence, manual},
#define SETTING_SECRET(key, rule, sentence, manual) {NULL, #key, "", "", 0, 0, NULL, sentence, manual},
#define SETTING_WORD(key, default_value, words, sentence, manual)                                                      \
    {NULL, #key, default_value, default_value, 0, 0, NULL, sentence, manual},
#define SETTING_INT(key, default_value, minimum, maximum, unit, sentence, manual)                                      \
    {NULL, #key, #default_value, #default_value, minimum, maximum, unit, sentence, manual},
#define SETTING_REQUIRED(key, example, rule, sentence, manual)                                                         \
    {NULL, #key, NULL, example, 0, 0, NULL, sentence, manual},
#define SETTING_GROUP(text) {.title = (text)},
static const struct row settings[] = {
#include "domain/settings.def"
    {0},
};
static const struct row issuer_settings[] = {
#include "domain/credentials/issuer_settings.def"
    {0},
};

static const struct {
    struct command command;
    const char *manual;
} commands_of_orgctl[] = {
#define COMMAND(noun, verb, argument, needs, run, options, sentence, manual)                                           \
    {{noun, verb, argument, sentence, options, needs, NULL}, manual},
#include "app/orgctl/commands.def"
#undef COMMAND
};

static const struct {
    const char *title;
    const char *setting; /* NULL: it is a constant */
    long long constant;
    const char *unit; /* what follows the number */
    const char *beyond;
} limits[] = {
#define LIMIT(title, constant, unit, beyond) {title, NULL, (long long)(constant), unit, beyond},
#define LIMIT_SETTING(title, key, unit, beyond) {title, #key, 0, unit, beyond},
#include "limits.def"
#undef LIMIT
#undef LIMIT_SETTING
};

static bool is_end(const struct row *row)
{
    return row->title == NULL && row->key == NULL;
}

/* The sentences, with the range of an int and what must be set. */
static void describe(const struct row *row, char *out, size_t size)
{
    const char *unit = row->unit;

    if (unit != NULL)
        snprintf(out, size, "%s From %lld to %lld %s.", row->sentence, (long long)row->minimum, (long long)row->maximum,
                 unit);
    else
        snprintf(out, size, "%s%s", row->sentence, row->default_text == NULL ? " Required." : "");
}

/* The sample */

/* Prints words behind `margin`, on lines as long as the documents' lines are. */
static void print_wrapped(const char *margin, const char *text)
{
    size_t column = 0;

    for (size_t length; *text != '\0'; text += length + (text[length] == ' ')) {
        length = strcspn(text, " ");
        if (column > 0 && column + 1 + length > WIDTH) {
            putchar('\n');
            column = 0;
        }
        column += (size_t)printf("%s%.*s", column == 0 ? margin : " ", (int)length, text);
    }
    putchar('\n');
}

/* Prints the rows, each behind a `separator`: words behind `margin`, and the setting behind `start`. */
static void print_rows(const struct row *rows, const char *separator, const char *margin, const char *start)
{
    for (const struct row *row = rows; !is_end(row); row++) {
        char text[TEXT_SIZE];

        puts(separator);
        if (row->title != NULL) {
            printf("# --- %s ---\n", row->title);
            continue;
        }
        describe(row, text, sizeof(text));
        print_wrapped(margin, text);
        printf("%s%s =%s%s\n", start, row->key, row->example[0] == '\0' ? "" : " ", row->example);
    }
}

static void print_sample(void)
{
    print_wrapped("# ", "Configuration of orgd(8) and orgctl(1). orgd.conf(5) says more about each setting.");
    puts("#");
    print_wrapped(
        "# ",
        "A line that is commented out shows a default. An environment variable overrides each setting "
        "that is no secret: its name is ORGD_ and the setting's name in capitals, as in ORGD_PUBLIC_URL. After a change, "
        "`orgctl check` tells whether all is well; then reload the pool (`systemctl reload orgd`, or a "
        "SIGHUP), or restart the web server that starts the workers.");
    puts("#");
    print_wrapped("# ", "A relative path counts from the directory of this file.");
    print_rows(settings, "", "# ", "#");
    puts("\n# --- Other issuers ---\n");
    print_wrapped("# ",
                  "orgd accepts the access tokens of OpenID Connect providers as well: write any number of sections "
                  "like this one, below all the settings above. The name must be exactly what the tokens say in "
                  "`iss`. `orgctl user link` says whose account its users open. With `match_users` or `provision`, "
                  "whoever runs the issuer can act as users whom you have not linked.");
    puts("#\n#   [issuer \"https://idp.example.org/path\"]");
    print_rows(issuer_settings, "#", "#   # ", "#   ");
}

/* The manual page, in mdoc(7) */

/* Prints one word: `this` as a literal, and a sentence's end as the end of a line. */
static void print_word(const char *word, size_t length, bool *is_line_begun)
{
    const char *mark = memchr(word + 1, '`', length - 1);
    char last = word[length - 1];

    if (word[0] == '`' && mark != NULL) {
        const char *behind = mark + 1;

        printf("%s.Ql %.*s", *is_line_begun ? "\n" : "", (int)(mark - word - 1), word + 1);
        for (; behind < word + length; behind++)
            printf(" %c", *behind);
        putchar('\n');
        *is_line_begun = false;
        return;
    }
    printf("%s%.*s", *is_line_begun ? " " : "", (int)length, word);
    *is_line_begun = last != '.';
    if (last == '.')
        putchar('\n');
}

static void print_prose(const char *text)
{
    bool is_line_begun = false;

    for (size_t length; *text != '\0'; text += length + (text[length] == ' ')) {
        length = strcspn(text, " ");
        /* A literal of several words is one. */
        if (text[0] == '`' && memchr(text + 1, '`', length - 1) == NULL)
            length = (size_t)(strchr(text + 1, '`') - text) + strcspn(strchr(text + 1, '`'), " ");
        print_word(text, length, &is_line_begun);
    }
    if (is_line_begun)
        putchar('\n');
}

static void print_settings(const struct row *rows)
{
    for (const struct row *row = rows; !is_end(row); row++) {
        char text[TEXT_SIZE];
        const char *value = row->default_text == NULL ? "" : row->default_text;

        if (row->title != NULL)
            continue;
        describe(row, text, sizeof(text));
        printf(".It Ic %s No =%s%s\n", row->key, value[0] == '\0' ? "" : " ", value);
        print_prose(text);
        if (row->manual[0] != '\0')
            puts(row->manual);
    }
}

/* Prints the name of a value; "yes|no" is one of two. */
static void print_value(const char *value)
{
    const char *bar = strchr(value, '|');

    if (bar == NULL)
        printf(" Ar %s", value);
    else
        printf(" Ar %.*s | %s", (int)(bar - value), value, bar + 1);
}

static void print_synopsis(const struct command *command)
{
    printf(".It Ic %s%s%s", command->noun, command->verb == NULL ? "" : " ",
           command->verb == NULL ? "" : command->verb);
    if (command->argument != NULL)
        print_value(command->argument);
    for (size_t i = 0; i < COMMAND_OPTIONS_MAX && command->options[i].name != NULL; i++) {
        const struct command_option *option = &command->options[i];

        printf("%s Fl -%s", option->is_required ? "" : " Oo", option->name);
        if (option->value != NULL)
            print_value(option->value);
        fputs(option->is_required ? "" : " Oc", stdout);
    }
    putchar('\n');
}

static void print_commands(void)
{
    for (size_t i = 0; i < ARRAY_LENGTH(commands_of_orgctl); i++) {
        print_synopsis(&commands_of_orgctl[i].command);
        print_prose(commands_of_orgctl[i].command.sentence);
        if (commands_of_orgctl[i].manual[0] != '\0')
            puts(commands_of_orgctl[i].manual);
    }
}

static void print_completion(void)
{
    for (size_t i = 0; i < ARRAY_LENGTH(commands_of_orgctl); i++) {
        const struct command *command = &commands_of_orgctl[i].command;
        const char *blank = "";

        printf("'%s%s%s;%s;", command->noun, command->verb == NULL ? "" : " ",
               command->verb == NULL ? "" : command->verb, command->argument == NULL ? "" : command->argument);
        for (size_t k = 0; k < COMMAND_OPTIONS_MAX && command->options[k].name != NULL; k++, blank = " ")
            printf("%s--%s%s%s", blank, command->options[k].name, command->options[k].value == NULL ? "" : "=",
                   command->options[k].value == NULL ? "" : command->options[k].value);
        puts("'");
    }
}

/* Prints a number as people read it: 65,536. */
static void print_number(long long number)
{
    if (number >= 1000) {
        print_number(number / 1000);
        printf(",%03lld", number % 1000);
    } else {
        printf("%lld", number);
    }
}

static long long default_of(const char *key)
{
    const struct row *row = settings;

    while (row->key == NULL || strcmp(row->key, key) != 0)
        row++;
    return strtoll(row->default_text, NULL, 10);
}

static void print_limits(void)
{
    for (size_t i = 0; i < ARRAY_LENGTH(limits); i++) {
        const char *setting = limits[i].setting;

        printf(".It %s: ", limits[i].title);
        print_number(setting == NULL ? limits[i].constant : default_of(setting));
        printf("%s\n%s%s%s\n", limits[i].unit, setting == NULL ? "" : setting, setting == NULL ? "" : "; ",
               limits[i].beyond);
    }
}

/* What OpenMetrics adds to the name of such a metric. */
static const char *suffix_of(const char *type)
{
    if (strcmp(type, "info") == 0)
        return "_info";
    return strcmp(type, "TOTAL") == 0 || strcmp(type, "counter") == 0 ? "_total" : "";
}

static void print_metrics(void)
{
    static const struct {
        const char *name;
        const char *type;
        const char *help;
        const char *labels;
    } rows[] = {
#define METRIC(name, type, add, help) {name, #type, help, NULL},
#include "app/orgd/http/request_metrics.def"
#undef METRIC
#define METRIC(name, kind, help) {name, #kind, help, NULL},
#define SERIES(cell, labels) {NULL, NULL, NULL, labels},
#include "process/counters.def"
#undef METRIC
#undef SERIES
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        if (rows[i].name != NULL) {
            printf(".It Li %s%s\n", rows[i].name, suffix_of(rows[i].type));
            print_prose(rows[i].help);
        } else if (rows[i].labels[0] != '\0') {
            printf(".Pp\n.Dl %s\n", rows[i].labels);
        }
    }
}

/* The tables */

static json_t *table_of(const struct row *rows)
{
    json_t *table = json_object();

    for (const struct row *row = rows; !is_end(row); row++)
        if (row->title == NULL)
            json_object_set_new(table, row->key,
                                json_pack("{s:s?, s:s?, s:I, s:I}", "default", row->default_text, "unit", row->unit,
                                          "minimum", (json_int_t)row->minimum, "maximum", (json_int_t)row->maximum));
    return table;
}

static json_t *numbers_of_limits(void)
{
    json_t *numbers = json_object();

    for (size_t i = 0; i < ARRAY_LENGTH(limits); i++)
        if (limits[i].setting == NULL)
            json_object_set_new(numbers, limits[i].title, json_integer(limits[i].constant));
    return numbers;
}

static json_t *errors(void)
{
    json_t *list = json_array();

#define ERROR_KIND(kind, name, status, oauth_code)                                                                     \
    json_array_append_new(list, json_pack("{ss si ss}", "name", name, "status", status, "oauth_code", oauth_code));
#include "base/errors.def"
#undef ERROR_KIND
    return list;
}

static void print_json(void)
{
    json_t *tables = json_pack("{so si so so so}", "limits", numbers_of_limits(), "schema_version", DB_SCHEMA_VERSION,
                               "settings", table_of(settings), "issuer", table_of(issuer_settings), "errors", errors());

    json_dumpf(tables, stdout, JSON_INDENT(1));
    json_decref(tables);
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";

    if (strcmp(what, "sample") == 0)
        print_sample();
    else if (strcmp(what, "settings") == 0)
        print_settings(settings);
    else if (strcmp(what, "issuer") == 0)
        print_settings(issuer_settings);
    else if (strcmp(what, "commands") == 0)
        print_commands();
    else if (strcmp(what, "completion") == 0)
        print_completion();
    else if (strcmp(what, "limits") == 0)
        print_limits();
    else if (strcmp(what, "metrics") == 0)
        print_metrics();
    else if (strcmp(what, "json") == 0)
        print_json();
    else
        return 2;
    return 0;
}
