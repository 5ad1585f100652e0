#include "fake_columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "db/db_schema.h"
#include "world.h"

#define CHOICES 6
#define NONE INT64_MIN /* no time */
#define DAY S_PER_DAY

static const struct {
    const char *expression;
    int64_t values[CHOICES];
} ints[] = {
    {"o.subscription_status + 0", {1, 2, 3, 1, 2, 3}},
    {"m.role + 0", {1, 0, 2, 3, 4, 5}},
    {"o.revision", {1, 0, 2, 1000, INT64_MAX / 2, 1}},
    {"d.status + 0", {1, 2, 3, 4, 2, 2}},
    {"d.poll_interval", {5, 10, 60, 5, 5, 5}},
    {"k.wrong_verifiers", {0, 1, 4, 5, 0, 0}},
    {"failures", {0, 4, 5, 19, 30, 4294967295}},
    {"COALESCE(MAX(version), 0)",
     {DB_SCHEMA_VERSION, 0, DB_SCHEMA_VERSION - 1, DB_SCHEMA_VERSION + 1, DB_SCHEMA_VERSION, DB_SCHEMA_VERSION}},
    {"", {1, 0, 2, 100, INT32_MAX, 3}},
};

/* Those that are false where all is well. */
static const char *const falses[] = {"a.kind = 'service'", "a.is_superuser", "c.account_is_superuser",
                                     "w.kind = 'service'"};

static const struct {
    const char *expression;
    enum world_thing values[CHOICES];
} ids[] = {
    {"a.organization_id", {WORLD_NOTHING, WORLD_ORGANIZATION, WORLD_OTHER_ORGANIZATION, WORLD_NOTHING}},
    {"o.id", {WORLD_ORGANIZATION, WORLD_OTHER_ORGANIZATION, WORLD_NOTHING, WORLD_OTHER_ORGANIZATION}},
    {"id", {WORLD_CLIENT, WORLD_CLIENT, WORLD_CLIENT, WORLD_CLIENT}},
    {"k.client_id", {WORLD_CLIENT, WORLD_KEY, WORLD_CLIENT, WORLD_CLIENT}},
    {"k.session_id", {WORLD_SESSION, WORLD_SESSION, WORLD_SESSION, WORLD_SESSION}},
    {"k.grant_id", {WORLD_GRANT, WORLD_NOTHING, WORLD_GRANT, WORLD_NOTHING}},
    {"c.id", {WORLD_SESSION, WORLD_SESSION, WORLD_KEY, WORLD_GRANT}},
    {"d.id", {WORLD_DEVICE, WORLD_DEVICE, WORLD_DEVICE, WORLD_DEVICE}},
    {"d.device", {WORLD_DEVICE, WORLD_USER, WORLD_DEVICE, WORLD_USER}},
    {"d.session_id", {WORLD_SESSION, WORLD_NOTHING, WORLD_SESSION, WORLD_NOTHING}},
    {"", {WORLD_USER, WORLD_OTHER_USER, WORLD_SERVICE, WORLD_USER, WORLD_OTHER_USER, WORLD_SERVICE}},
};

#define UNREGISTERED "01990000-0000-7000-8000-0000000000ff"
#define NASTY "<script>alert(1)</script>\"'&{}"

static const struct {
    const char *expression;
    const char *values[CHOICES]; /* NULL is NULL */
} texts[] = {
    {"o.name", {"Example", "R&D/Berlin", NASTY, "\xe2\x80\xae%2F?#+ \xf0\x9d\x94\x98", "\\", "Zo\xc3\xab"}},
    {"o.description", {NULL, "A description", NASTY, "\n\t\x7f\x01 \xe2\x80\xa8", "", "\""}},
    {"o.logo_url", {NULL, "https://example.org/logo.png", "http://[::1]/\"<>", NULL, NULL, "https://example.org/"}},
    {"o.links",
     {NULL, "[]", "[{\"title\":\"T\",\"url\":\"https://example.org\"}]", "[{\"title\":\"\\\"\",\"url\":\"http://a/\"}]",
      NULL, NULL}},
    {"a.name", {"alice", NASTY, "al ice", "\xc3\xa4", "ops@example.org", "a"}},
    {"a.email", {"alice@example.org", NULL, "\"<a>\"@example.org", NULL, NULL, NULL}},
    {"a.full_name", {"Alice A.", NULL, NASTY, "", NULL, NULL}},
    {"p.hash", {WORLD_HASH, NULL, WORLD_OLD_HASH, "$1$weak$hash", "", "$y$"}},
    {"name", {"Client", NASTY, "\xe2\x80\xaetneilC", "c", "C", "C"}},
    {"redirect_uris",
     {WORLD_REDIRECT_URIS, "https://client.example.org/callback", "org.example.app:/callback http://[::1]/x?y=1",
      "https://client.example.org/cb?a=b", "", "http://127.0.0.1/callback"}},
    {"k.redirect_uri", {"https://client.example.org/callback", "", "http://127.0.0.1:80/callback", "", "", ""}},
    {"k.challenge", {WORLD_CHALLENGE, NULL, "", "short", NULL, NULL}},
    {"c.client", {WORLD_CLIENT_ID, NULL, UNREGISTERED, NULL, WORLD_CLIENT_ID, WORLD_CLIENT_ID}},
    {"d.client", {WORLD_CLIENT_ID, UNREGISTERED, WORLD_CLIENT_ID, UNREGISTERED, WORLD_CLIENT_ID, UNREGISTERED}},
    {"d.user_agent", {"curl/7.88.1", "", NASTY, "(unreadable)", "{}", "\""}},
    {"d.address", {"192.0.2.1", "unknown", NASTY, "2001:db8::1", "::", "unix:"}},
    {"", {"text", "", NASTY, "{}", "\xc3\xa4", "0"}},
};

/* Seconds from now. */
static const struct {
    const char *expression;
    int64_t values[CHOICES];
} times[] = {
    {"o.trial_end", {3 * DAY, NONE, -DAY, 1, NONE, 0}},
    {"c.retained_until", {NONE, 3600, -3600, NONE, NONE, NONE}},
    {"k.used", {NONE, -10, 0, NONE, NONE, NONE}},
    {"k.expires", {60, -60, 0, 1, 60, 60}},
    {"d.expires", {600, -60, 0, 1, 600, 600}},
    {"c.expires", {DAY, -60, NONE, 1, DAY, DAY}},
    {"d.polled", {NONE, -1, -10, 0, NONE, 5}},
    {"last", {-DAY, -1, -60, 0, 3600, -3600}},
    {"", {-3600, -30 * 365 * DAY, -1, 3600, 7900 * 365 * DAY, -1900 * 365 * DAY}},
};

/* Columns of a statement */

static bool starts_word(const char *at, const char *word)
{
    return strncmp(at, word, strlen(word)) == 0;
}

/* The first place behind `at` where `stop` stands outside of all parentheses, or the end of the text. */
static const char *find_outside(const char *at, const char *stop)
{
    for (int depth = 0; *at != '\0'; at++) {
        if (depth == 0 && starts_word(at, stop))
            return at;
        depth += (*at == '(') - (*at == ')');
    }
    return at;
}

void fake_columns_of(const struct db_statement *statement, struct text expressions[DB_FIELDS_MAX])
{
    const char *at = statement->sql + strlen("SELECT ");
    const char *end = find_outside(statement->sql, " FROM ");

    memset(expressions, 0, DB_FIELDS_MAX * sizeof(*expressions));
    for (size_t i = 0; starts_word(statement->sql, "SELECT ") && i < statement->column_count && at < end; i++) {
        const char *stop;

        at += strspn(at, " ");
        stop = find_outside(at, ",");
        if (stop > end)
            stop = end;
        expressions[i] = (struct text){at, (size_t)(stop - at)};
        at = stop + 1;
    }
}

/* Values */

#define FIND(table, expression) find(expression, (table), sizeof((table)[0]), ARRAY_LENGTH(table))

/* The index of the row that is about the expression; of the last row, which has no name, if there is none. */
static size_t find(struct text expression, const void *table, size_t row_size, size_t count)
{
    for (size_t i = 0; i < count - 1; i++)
        if (text_equal(text_of(*(const char *const *)(const void *)((const char *)table + i * row_size)), expression))
            return i;
    return count - 1;
}

static bool is_false(struct text expression)
{
    for (size_t i = 0; i < ARRAY_LENGTH(falses); i++)
        if (text_equal(text_of(falses[i]), expression))
            return true;
    return false;
}

/* The digest of the secret that the statement asks about: of the first parameter that is an id with a secret. */
static struct digest made_digest(const struct fake_query *query, unsigned choice)
{
    struct digest digest = {{0}};

    for (size_t i = 0; choice == 0 && i < query->statement->param_count; i++) {
        const struct db_field *param = &query->statement->params[i];

        if (param->type == DB_ID &&
            world_digest((const struct id *)(const void *)((const char *)query->params + param->offset), &digest))
            return digest;
    }
    memset(&digest, choice % 2 == 0 ? 0 : 0x55, sizeof(digest));
    return digest;
}

static struct text text_value(const struct fake_query *query, struct text expression, unsigned choice)
{
    /* Where any text may be that can be a name. */
    bool is_free = query->free_text.data != NULL && choice == 1;

    if (is_free && (text_equal(expression, TEXT("o.name")) || text_equal(expression, TEXT("a.name")) ||
                    text_equal(expression, TEXT("name"))))
        return query->free_text;
    return text_of(texts[FIND(texts, expression)].values[choice % CHOICES]);
}

static struct timestamp time_value(const struct fake_query *query, struct text expression, unsigned choice)
{
    int64_t seconds = times[FIND(times, expression)].values[choice % CHOICES];

    /* Rows come in the order of their times. */
    return (struct timestamp){seconds == NONE ? 0 : query->now.us + (seconds + (int64_t)query->row) * US_PER_S};
}

static void store_null(enum db_type type, void *member)
{
    static const size_t sizes[] = {
        [DB_INT] = sizeof(int64_t),           [DB_BOOL] = sizeof(bool),        [DB_ID] = sizeof(struct id),
        [DB_TIME] = sizeof(struct timestamp), [DB_TEXT] = sizeof(struct text), [DB_DIGEST] = sizeof(struct digest),
    };

    memset(member, 0, sizes[type]);
}

static void store_value(const struct fake_query *query, enum db_type type, struct text expression, unsigned choice,
                        void *member)
{
    switch (type) {
    case DB_INT:
        *(int64_t *)member = ints[FIND(ints, expression)].values[choice % CHOICES];
        break;
    case DB_BOOL:
        *(bool *)member = is_false(expression) == (choice % 2 == 1);
        break;
    case DB_ID:
        *(struct id *)member = world_id(ids[FIND(ids, expression)].values[choice % CHOICES]);
        break;
    case DB_TIME:
        *(struct timestamp *)member = time_value(query, expression, choice);
        break;
    case DB_TEXT:
        *(struct text *)member = text_value(query, expression, choice);
        break;
    case DB_DIGEST:
        *(struct digest *)member = made_digest(query, choice);
        break;
    }
}

void fake_column_store(const struct fake_query *query, enum db_type type, struct text expression, unsigned choice,
                       void *member)
{
    if (text_equal(expression, TEXT("NULL")))
        store_null(type, member);
    else if (type == DB_INT && expression.length > 0 && strspn(expression.data, "0123456789") >= expression.length)
        *(int64_t *)member = strtoll(expression.data, NULL, 10);
    else
        store_value(query, type, expression, choice, member);
}
