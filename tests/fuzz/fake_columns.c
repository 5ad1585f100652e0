#include "fake_columns.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "db/db_schema.h"
#include "world.h"

#define CHOICES 6
#define NONE INT64_MIN /* no time */
#define DAY S_PER_DAY

/* Which columns a row of these tables is about: the first row that fits counts, the last fits all. */
struct key {
    const char *label;
    const char *statements; /* how their names begin */
};

static const struct {
    struct key key;
    int64_t values[CHOICES];
} ints[] = {
    {{"subscription_status", ""}, {1, 2, 3, 1, 2, 3}},
    {{"mask", ""}, {257, 0, 258, 260, 264, 272}},
    {{"revision", ""}, {1, 0, 2, 1000, INT64_MAX / 2, 1}},
    {{"invitation_status", ""}, {1, 2, 3, 4, 1, 1}},
    {{"status", "device_"}, {1, 2, 3, 4, 2, 2}},
    {{"status", "idempotency_"}, {200, 200, 200, 200, 200, 200}},
    {{"poll_interval", ""}, {5, 10, 60, 5, 5, 5}},
    {{"wrong_verifiers", ""}, {0, 1, 4, 5, 0, 0}},
    {{"failures", ""}, {0, 4, 5, 19, 30, 4294967295}},
    {{"refresh_number", ""}, {1, 2, 3, 0, 1, 2}},
    {{"generation", ""}, {1, 2, 3, 1, 1, 2}},
    {{"number", "schema_version"},
     {DB_SCHEMA_VERSION, 0, DB_SCHEMA_VERSION - 1, DB_SCHEMA_VERSION + 1, DB_SCHEMA_VERSION, DB_SCHEMA_VERSION}},
    {{"", ""}, {1, 0, 2, 100, INT32_MAX, 3}},
};

/* Those that are false where all is well. */
static const char *const falses[] = {"caller_is_superuser", "client_has_ended", "is_service", "is_superuser"};

static const struct {
    struct key key;
    enum world_thing values[CHOICES];
} ids[] = {
    {{"id", "organization_list_member"},
     {WORLD_ORGANIZATION, WORLD_OTHER_ORGANIZATION, WORLD_ORGANIZATION, WORLD_OTHER_ORGANIZATION, WORLD_ORGANIZATION,
      WORLD_ORGANIZATION}},
    {{"id", "organization_"}, {WORLD_ORGANIZATION, WORLD_OTHER_ORGANIZATION, WORLD_NOTHING, WORLD_OTHER_ORGANIZATION}},
    {{"organization_id", "access_"},
     {WORLD_ORGANIZATION, WORLD_OTHER_ORGANIZATION, WORLD_NOTHING, WORLD_OTHER_ORGANIZATION}},
    {{"organization_id", "account_"}, {WORLD_NOTHING, WORLD_ORGANIZATION, WORLD_OTHER_ORGANIZATION, WORLD_NOTHING}},
    {{"id", "client_"}, {WORLD_CLIENT, WORLD_CLIENT, WORLD_CLIENT, WORLD_CLIENT, WORLD_CLIENT, WORLD_CLIENT}},
    {{"client_id", ""}, {WORLD_CLIENT, WORLD_KEY, WORLD_CLIENT, WORLD_CLIENT, WORLD_CLIENT, WORLD_CLIENT}},
    {{"session_id", "code_"},
     {WORLD_SESSION, WORLD_SESSION, WORLD_SESSION, WORLD_SESSION, WORLD_SESSION, WORLD_SESSION}},
    {{"session_id", "device_"}, {WORLD_SESSION, WORLD_NOTHING, WORLD_SESSION, WORLD_NOTHING}},
    {{"grant_id", ""}, {WORLD_GRANT, WORLD_NOTHING, WORLD_GRANT, WORLD_NOTHING}},
    {{"id", "session_find"},
     {WORLD_SESSION, WORLD_SESSION, WORLD_SESSION, WORLD_SESSION, WORLD_SESSION, WORLD_SESSION}},
    {{"account_id", "identity_"}, {WORLD_USER, WORLD_NOTHING, WORLD_USER, WORLD_NOTHING}},
    {{"id", "identity_"}, {WORLD_KEY, WORLD_GRANT, WORLD_SESSION, WORLD_KEY, WORLD_GRANT, WORLD_SESSION}},
    {{"id", "device_"}, {WORLD_DEVICE, WORLD_DEVICE, WORLD_DEVICE, WORLD_DEVICE, WORLD_DEVICE, WORLD_DEVICE}},
    {{"device", ""}, {WORLD_DEVICE, WORLD_USER, WORLD_DEVICE, WORLD_USER, WORLD_DEVICE, WORLD_USER}},
    {{"", ""}, {WORLD_USER, WORLD_OTHER_USER, WORLD_SERVICE, WORLD_USER, WORLD_OTHER_USER, WORLD_SERVICE}},
};

#define UNREGISTERED "01990000-0000-7000-8000-0000000000ff"
#define NASTY "<script>alert(1)</script>\"'&{}"
#define ACCOUNT_NAMES                                                                                                  \
    {                                                                                                                  \
        "alice", NASTY, "al ice", "\xc3\xa4", "ops@example.org", "a"                                                   \
    }

static const struct {
    struct key key;
    const char *values[CHOICES]; /* NULL is NULL */
} texts[] = {
    {{"name", "organization_"},
     {"Example", "R&D/Berlin", NASTY, "\xe2\x80\xae%2F?#+ \xf0\x9d\x94\x98", "\\", "Zo\xc3\xab"}},
    {{"name", "client_"}, {"Client", NASTY, "\xe2\x80\xaetneilC", "c", "C", "C"}},
    {{"name", ""}, ACCOUNT_NAMES},
    {{"username", ""}, ACCOUNT_NAMES},
    {{"description", ""}, {NULL, "A description", NASTY, "\n\t\x7f\x01 \xe2\x80\xa8", "", "\""}},
    {{"logo_url", ""}, {NULL, "https://example.org/logo.png", "http://[::1]/\"<>", NULL, NULL, "https://example.org/"}},
    {{"links", ""},
     {NULL, "[]", "[{\"title\":\"T\",\"url\":\"https://example.org\"}]", "[{\"title\":\"\\\"\",\"url\":\"http://a/\"}]",
      NULL, NULL}},
    {{"metadata", ""}, {NULL, "{}", "{\"a\":[1,\"<\"]}", "{\"\":null}", NULL, "{}"}},
    {{"email", ""}, {"alice@example.org", NULL, "\"<a>\"@example.org", NULL, NULL, NULL}},
    {{"full_name", ""}, {"Alice A.", NULL, NASTY, "", NULL, NULL}},
    {{"hash", ""}, {WORLD_HASH, NULL, WORLD_OLD_HASH, "$1$weak$hash", "", "$y$"}},
    {{"costliest", ""}, {WORLD_HASH, NULL, "$6$rounds=656000$xxx", "$2b$12$xxxxxxxxxxxxx", "", "$2b$"}},
    {{"headers", "idempotency_"}, {"", "ETag: \"1.1\"\r\n", "", "", "ETag: \"2\"\r\n", ""}},
    {{"body", "idempotency_"}, {"{}", "null", "[]", "{\"name\":\"<b>\"}", "\"x\"", "{}"}},
    {{"redirect_uris", ""},
     {WORLD_REDIRECT_URIS, "https://client.example.org/callback", "org.example.app:/callback http://[::1]/x?y=1",
      "https://client.example.org/cb?a=b", "", "http://127.0.0.1/callback"}},
    {{"redirect_uri", ""}, {"https://client.example.org/callback", "", "http://127.0.0.1:80/callback", "", "", ""}},
    {{"challenge", ""}, {WORLD_CHALLENGE, NULL, "", "short", NULL, NULL}},
    {{"client", "refresh_"}, {WORLD_CLIENT_ID, NULL, UNREGISTERED, NULL, WORLD_CLIENT_ID, WORLD_CLIENT_ID}},
    {{"client", "device_"},
     {WORLD_CLIENT_ID, UNREGISTERED, WORLD_CLIENT_ID, UNREGISTERED, WORLD_CLIENT_ID, UNREGISTERED}},
    {{"user_agent", ""}, {"curl/7.88.1", "", NASTY, "(unreadable)", "{}", "\""}},
    {{"address", ""}, {"192.0.2.1", "unknown", NASTY, "2001:db8::1", "::", "unix:"}},
    {{"", ""}, {"text", "", NASTY, "{}", "\xc3\xa4", "0"}},
};

/* Seconds from now. */
static const struct {
    struct key key;
    int64_t values[CHOICES];
} times[] = {
    {{"trial_end", ""}, {3 * DAY, NONE, -DAY, 1, NONE, 0}},
    {{"used", ""}, {NONE, -10, 0, NONE, NONE, NONE}},
    {{"expires", "code_"}, {60, -60, 0, 1, 60, 60}},
    {{"expires", "device_"}, {600, -60, 0, 1, 600, 600}},
    {{"expires", "refresh_"}, {DAY, -60, NONE, 1, DAY, DAY}},
    {{"rotated", ""}, {-10, -60, NONE, -29, -31, -10}},
    {{"polled", ""}, {NONE, -1, -10, 0, NONE, 5}},
    {{"last", ""}, {-DAY, -1, -60, 0, 3600, -3600}},
    {{"", ""}, {-3600, -30 * 365 * DAY, -1, 3600, 7900 * 365 * DAY, -1900 * 365 * DAY}},
};

/* Columns of a statement */

static bool starts_with(struct text text, const char *start)
{
    return text.length >= strlen(start) && memcmp(text.data, start, strlen(start)) == 0;
}

/* The first place behind `at` where `stop` stands outside of all parentheses, or the end of the text. */
static const char *find_outside(const char *at, const char *stop)
{
    for (int depth = 0; *at != '\0'; at++) {
        if (depth == 0 && strncmp(at, stop, strlen(stop)) == 0)
            return at;
        depth += (*at == '(') - (*at == ')');
    }
    return at;
}

/* What the expression is called: its last word, behind AS or the name of a table. */
static struct text label_of(struct text expression)
{
    size_t start = expression.length;

    while (start > 0 && expression.data[start - 1] != ' ' && expression.data[start - 1] != '.')
        start--;
    return (struct text){expression.data + start, expression.length - start};
}

static struct fake_column make_column(const struct db_statement *statement, struct text expression)
{
    struct fake_column column = {
        .member = db_record_find(statement->row, label_of(expression)),
        .expression = expression,
        .is_of_organization = starts_with(expression, "o.") || starts_with(expression, "m."),
    };

    assert(column.member != NULL);
    return column;
}

size_t fake_columns_of(const struct db_statement *statement, struct fake_column columns[FAKE_COLUMNS_MAX])
{
    const char *at = statement->sql + strlen("SELECT ");
    const char *end = find_outside(at, " FROM ");
    size_t count = 0;

    assert(starts_with(text_of(statement->sql), "SELECT "));
    while (at < end) {
        const char *stop = find_outside(at, ",");

        if (stop > end)
            stop = end;
        assert(count < FAKE_COLUMNS_MAX);
        columns[count++] = make_column(statement, (struct text){at, (size_t)(stop - at)});
        at = stop + strspn(stop, ", ");
    }
    return count;
}

/* Values */

#define FIND(table) find(query, column, (table), sizeof((table)[0]), ARRAY_LENGTH(table))

/* The index of the row that is about the column; of the last row, which has no label, if there is none. */
static size_t find(const struct fake_query *query, const struct fake_column *column, const void *table, size_t row_size,
                   size_t count)
{
    for (size_t i = 0; i < count - 1; i++) {
        const struct key *key = (const void *)((const char *)table + i * row_size);

        if (strcmp(key->label, column->member->name) == 0 &&
            starts_with(text_of(query->statement->name), key->statements))
            return i;
    }
    return count - 1;
}

static bool is_false(const char *label)
{
    for (size_t i = 0; i < ARRAY_LENGTH(falses); i++)
        if (strcmp(falses[i], label) == 0)
            return true;
    return false;
}

/* The digest of the secret that the statement asks about: of the first parameter that is an id with a secret. */
static struct digest made_digest(const struct fake_query *query, unsigned choice)
{
    const struct db_record *record = query->statement->params;
    struct digest digest = {{0}};

    if (choice == 0 && starts_with(text_of(query->statement->name), "refresh_"))
        return world_salt();
    for (size_t i = 0; choice == 0 && record != NULL && i < record->count; i++) {
        const void *value = (const char *)query->params + record->members[i].offset;

        if (record->members[i].type == DB_ID && world_digest(value, &digest))
            return digest;
    }
    memset(&digest, choice % 2 == 0 ? 0 : 0x55, sizeof(digest));
    return digest;
}

/* True if the statement's caller is as the world knows them: CALLER_COUNTS, where all is well. */
static bool counts(const struct fake_query *query)
{
    const struct db_record *record = query->statement->params;
    const struct db_member *id = db_record_find(record, TEXT("caller_id"));
    const struct db_member *digest = db_record_find(record, TEXT("caller_digest"));
    const char *params = query->params;
    struct digest right;

    if (strstr(query->statement->sql, ":caller_digest") == NULL) /* a token is the proof */
        return true;
    return world_digest((const void *)(params + id->offset), &right) &&
           digest_equal((const void *)(params + digest->offset), &right);
}

static bool bool_value(const struct fake_query *query, const struct fake_column *column, unsigned choice)
{
    if (strcmp(column->member->name, "caller_counts") == 0)
        return choice % 2 == 0 && counts(query);
    return is_false(column->member->name) == (choice % 2 == 1);
}

static struct text text_value(const struct fake_query *query, const struct fake_column *column, unsigned choice)
{
    const char *label = column->member->name;

    /* Where any text may be that can be a name. */
    if (query->free_text.data != NULL && choice == 1 && (strcmp(label, "name") == 0 || strcmp(label, "username") == 0))
        return query->free_text;
    return text_of(texts[FIND(texts)].values[choice % CHOICES]);
}

static struct timestamp time_value(const struct fake_query *query, const struct fake_column *column, unsigned choice)
{
    int64_t seconds = times[FIND(times)].values[choice % CHOICES];

    /* Rows come in the order of their times. */
    return (struct timestamp){seconds == NONE ? 0 : query->now.us + (seconds + (int64_t)query->row) * US_PER_S};
}

static int64_t int_value(const struct fake_query *query, const struct fake_column *column, unsigned choice)
{
    char *end;
    int64_t literal = strtoll(column->expression.data, &end, 10);

    return end > column->expression.data ? literal : ints[FIND(ints)].values[choice % CHOICES];
}

void fake_column_store(const struct fake_query *query, const struct fake_column *column, unsigned choice, void *value)
{
    switch (column->member->type) {
    case DB_INT:
        *(int64_t *)value = int_value(query, column, choice);
        break;
    case DB_BOOL:
        *(bool *)value = bool_value(query, column, choice);
        break;
    case DB_ID:
        *(struct id *)value = world_id(ids[FIND(ids)].values[choice % CHOICES]);
        break;
    case DB_TIME:
        *(struct timestamp *)value = time_value(query, column, choice);
        break;
    case DB_TEXT:
        *(struct text *)value = text_value(query, column, choice);
        break;
    case DB_DIGEST:
        *(struct digest *)value = made_digest(query, choice);
        break;
    }
}

bool fake_column_copy(const struct fake_query *query, const struct fake_column *column, void *value)
{
    static const size_t sizes[] = {
        [DB_INT] = sizeof(int64_t),           [DB_BOOL] = sizeof(bool),        [DB_ID] = sizeof(struct id),
        [DB_TIME] = sizeof(struct timestamp), [DB_TEXT] = sizeof(struct text), [DB_DIGEST] = sizeof(struct digest),
    };
    static const char nothing[sizeof(struct digest)];
    const struct db_member *param = db_record_find(query->statement->params, text_of(column->member->name));
    const char *source = (const char *)query->params;

    if (param == NULL || param->type != column->member->type ||
        memcmp(source + param->offset, nothing, sizes[param->type]) == 0)
        return false;
    memcpy(value, source + param->offset, sizes[param->type]);
    return true;
}
