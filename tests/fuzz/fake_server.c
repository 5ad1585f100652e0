#include "fake_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fake_db.h"

static struct {
    struct db db;
    struct text script;
    size_t at;
    struct text differences; /* of the row in hand: between the parentheses of the script */
    struct text free_text;
    struct timestamp now;
    bool is_shown;
} fake;

/* Which of the schema's texts a name may be. */
static bool may_be_name(struct text text)
{
    return text.data != NULL && text_is_utf8(text) && text_length(text) >= 1 && text_length(text) <= 50 &&
           !text_has_control(text);
}

void fake_db_script(struct text script, struct text free_text, struct timestamp now)
{
    fake.db = (struct db){.is_connected = true, .duplicate_key = ""};
    fake.script = script;
    fake.at = 0;
    fake.free_text = may_be_name(free_text) ? free_text : (struct text){NULL, 0};
    fake.now = now;
    fake.is_shown = getenv("FUZZ_SHOW") != NULL;
}

struct text fake_free_text(void)
{
    return fake.free_text;
}

struct timestamp fake_now(void)
{
    return fake.now;
}

/* The handle. There is one, which every script begins anew. */

struct db *db_open(const struct db_options *options)
{
    (void)options;
    return &fake.db;
}

void db_close(struct db *db)
{
    (void)db;
}

const char *db_last_cause(const struct db *db)
{
    (void)db;
    return "a cause that is nobody's business";
}

bool db_waited_for_lock(const struct db *db)
{
    return db->failure == DB_FAILURE_LOCKED;
}

const char *db_duplicate_key(const struct db *db)
{
    return db->duplicate_key;
}

/* The script */

static char next(void)
{
    return fake.at < fake.script.length ? fake.script.data[fake.at++] : '0';
}

/* How the next call goes. */
static char next_how(void)
{
    char how = next();
    const char *start;
    const char *end;

    if (how != '(')
        return how;
    start = fake.script.data + fake.at;
    end = memchr(start, ')', fake.script.length - fake.at);
    fake.differences = (struct text){start, end == NULL ? fake.script.length - fake.at : (size_t)(end - start)};
    fake.at += fake.differences.length + (end != NULL);
    return how;
}

unsigned fake_next_choice(void)
{
    return (unsigned)(unsigned char)(next() - '0');
}

/* The choice that the script's differences have for a column; 0 if they say nothing of it. */
static unsigned find_difference(struct text label)
{
    const char *end = fake.differences.data + fake.differences.length;

    for (const char *at = fake.differences.data; at < end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma == NULL ? end : comma;
        const char *equals = memchr(at, '=', (size_t)(stop - at));

        if (equals != NULL && equals + 1 < stop && text_equal((struct text){at, (size_t)(equals - at)}, label))
            return (unsigned)(unsigned char)(equals[1] - '0');
        at = stop + 1;
    }
    return 0;
}

unsigned fake_choose(char how, size_t column, struct text label)
{
    if (how == '(')
        return find_difference(label);
    if (how == '+')
        return fake_next_choice();
    return how >= 'a' && how <= 'z' ? (unsigned)(how - 'a' + 1) * 2654435761U >> (column % 24) : 0;
}

/* Failures */

int fake_unavailable(struct error *err)
{
    return error_set(err, ERR_UNAVAILABLE,
                     "The database is not available at the moment; nothing was changed. Try again later.");
}

static enum db_failure failure_of(char how, bool is_write)
{
    switch (how) {
    case '!':
        return DB_FAILURE_LOST;
    case '*':
        return DB_FAILURE_BUSY;
    case '~':
        return DB_FAILURE_CONFLICT;
    case '^':
        return DB_FAILURE_LOCKED;
    case '?':
        return DB_FAILURE_BUG;
    case '=':
        return is_write ? DB_FAILURE_DUPLICATE : DB_FAILURE_NONE;
    case '&':
        return is_write ? DB_FAILURE_REFERENCE : DB_FAILURE_NONE;
    default:
        return DB_FAILURE_NONE;
    }
}

static int fail(struct db *db, struct error *err)
{
    static const char *const duplicate_keys[] = {"orgd_organizations_name_key", "PRIMARY", "orgd_accounts_email_key",
                                                 "orgd_idempotency_key"};

    switch (db->failure) {
    case DB_FAILURE_NONE:
        return 0;
    case DB_FAILURE_DUPLICATE:
        db->duplicate_key = duplicate_keys[fake_next_choice() % ARRAY_LENGTH(duplicate_keys)];
        return error_set(err, ERR_EXISTS, "It exists already.");
    case DB_FAILURE_REFERENCE:
        return error_set(err, ERR_NOT_FOUND,
                         "This refers to something that no longer exists, or that is still in use.");
    case DB_FAILURE_BUG:
        return error_set(err, ERR_INTERNAL, "Something went wrong here.");
    default:
        return fake_unavailable(err);
    }
}

static void show(char how, const char *what)
{
    if (how == '(')
        fprintf(stderr, "(%.*s) %s\n", (int)fake.differences.length, fake.differences.data, what);
    else
        fprintf(stderr, "%c %s\n", how, what);
}

int fake_ask(struct db *db, const char *what, bool is_write, char *how, struct error *err)
{
    *how = '!';
    if (db->in_transaction && !db->is_connected)
        return fake_unavailable(err);
    *how = next_how();
    if (fake.is_shown)
        show(*how, what);
    db->failure = failure_of(*how, is_write);
    db->is_connected = db->failure != DB_FAILURE_LOST;
    return fail(db, err);
}

bool fake_may_go_on(const struct db *db, bool was_connected)
{
    return db->failure == DB_FAILURE_LOST && !db->is_connected && was_connected;
}
