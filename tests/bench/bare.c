/* The reference responder that tests/bench/run measures orgd against: what libfcgi, Connector/C and jansson cost by
 * themselves, used as their manuals show. No authentication, no checks, no routing; a request that is not as
 * tests/bench/run sends it gets 404 or ends the program.
 *
 *   GET  /get/{organization}   one prepared SELECT by primary key with a join; the JSON by jansson
 *   GET  /list/{account}       100 organizations of a member, written from each row straight into one buffer
 *   POST /insert/{account}     counter, organization, membership: one transaction of separate statements
 *   POST /audited/{account}    the same, and a row in a table of what happened
 *
 * BARE_OPTIONS names the option file whose group [orgd] says how to reach MariaDB. */
#include <fcgiapp.h>
#include <jansson.h>
#include <mysql.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "bare_text.h"

#define BODY_MAX 65536
#define LIST_BYTES (1024 * 1024)
#define PAGE "100"

#define ORG_COLUMNS "o.id, o.name, o.description, o.logo_url, o.links, o.owner_id, o.created, o.updated"

/* One row of organizations, as the columns above. `links` is JSON already. */
enum column { ID, NAME, DESCRIPTION, LOGO_URL, LINKS, OWNER_ID, CREATED, UPDATED, COLUMN_COUNT };

static struct {
    char id[ID_BYTES];
    char name[201];
    char description[1025];
    char logo_url[8193];
    char links[16384];
    char owner_id[ID_BYTES];
    MYSQL_TIME created;
    MYSQL_TIME updated;
    unsigned long lengths[COLUMN_COUNT];
    my_bool is_null[COLUMN_COUNT];
} row;

static MYSQL *connection;
static MYSQL_STMT *select_one;
static MYSQL_STMT *select_page;
static MYSQL_STMT *insert_organization;
static MYSQL_STMT *insert_membership;
static MYSQL_STMT *insert_audit;
static MYSQL_STMT *count_organization;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bare: %s: %s\n", what, why);
    exit(1);
}

/* The database */

static MYSQL_STMT *prepare(const char *sql)
{
    MYSQL_STMT *statement = mysql_stmt_init(connection);

    if (statement == NULL || mysql_stmt_prepare(statement, sql, strlen(sql)) != 0)
        die(sql, mysql_error(connection));
    return statement;
}

static void bind_row(MYSQL_STMT *statement)
{
    static const struct {
        enum enum_field_types type;
        void *buffer;
        unsigned long size;
    } columns[COLUMN_COUNT] = {
        [ID] = {MYSQL_TYPE_STRING, row.id, sizeof(row.id)},
        [NAME] = {MYSQL_TYPE_STRING, row.name, sizeof(row.name)},
        [DESCRIPTION] = {MYSQL_TYPE_STRING, row.description, sizeof(row.description)},
        [LOGO_URL] = {MYSQL_TYPE_STRING, row.logo_url, sizeof(row.logo_url)},
        [LINKS] = {MYSQL_TYPE_STRING, row.links, sizeof(row.links)},
        [OWNER_ID] = {MYSQL_TYPE_STRING, row.owner_id, sizeof(row.owner_id)},
        [CREATED] = {MYSQL_TYPE_DATETIME, &row.created, sizeof(row.created)},
        [UPDATED] = {MYSQL_TYPE_DATETIME, &row.updated, sizeof(row.updated)},
    };
    MYSQL_BIND results[COLUMN_COUNT] = {0};

    for (int i = 0; i < COLUMN_COUNT; i++)
        results[i] = (MYSQL_BIND){
            .buffer_type = columns[i].type,
            .buffer = columns[i].buffer,
            .buffer_length = columns[i].size,
            .length = &row.lengths[i],
            .is_null = &row.is_null[i],
        };
    if (mysql_stmt_bind_result(statement, results) != 0)
        die("binding", mysql_stmt_error(statement));
}

static void connect_database(void)
{
    connection = mysql_init(NULL);
    mysql_options(connection, MYSQL_READ_DEFAULT_FILE, getenv("BARE_OPTIONS"));
    mysql_options(connection, MYSQL_READ_DEFAULT_GROUP, "orgd");
    mysql_options(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (mysql_real_connect(connection, NULL, NULL, NULL, NULL, 0, NULL, 0) == NULL)
        die("connecting", mysql_error(connection));
    select_one = prepare("SELECT " ORG_COLUMNS
                         " FROM orgd_organizations o JOIN orgd_accounts a ON a.id = o.owner_id WHERE o.id = ?");
    select_page =
        prepare("SELECT " ORG_COLUMNS " FROM orgd_memberships m JOIN orgd_organizations o ON o.id = m.organization_id"
                " WHERE m.account_id = ? ORDER BY m.organization_created, m.organization_id LIMIT " PAGE);
    insert_organization = prepare("INSERT INTO orgd_organizations (id, name, name_key, description, owner_id,"
                                  " subscription_status, created, updated) VALUES (?, ?, ?, ?, ?, 'active', ?, ?)");
    insert_membership =
        prepare("INSERT INTO orgd_memberships (organization_id, account_id, own_roles, organization_created)"
                " VALUES (?, ?, 'admin', ?)");
    insert_audit = prepare("INSERT INTO bare_audit (id, organization_id, actor_id, action, name, address, user_agent,"
                           " occurred_at) VALUES (?, ?, ?, 'organization.created', ?, ?, ?, ?)");
    count_organization = prepare("UPDATE orgd_accounts SET organizations_owned = organizations_owned + 1 WHERE id = ?");
    bind_row(select_one);
    bind_row(select_page);
}

static void execute(MYSQL_STMT *statement, MYSQL_BIND *params)
{
    if (mysql_stmt_bind_param(statement, params) != 0 || mysql_stmt_execute(statement) != 0)
        die("executing", mysql_stmt_error(statement));
}

static MYSQL_BIND id_param(char id[ID_BYTES])
{
    return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_BLOB, .buffer = id, .buffer_length = ID_BYTES};
}

static MYSQL_BIND text_param(const char *text)
{
    return (MYSQL_BIND){.buffer_type = text == NULL ? MYSQL_TYPE_NULL : MYSQL_TYPE_STRING,
                        .buffer = (void *)(uintptr_t)text,
                        .buffer_length = text == NULL ? 0 : strlen(text)};
}

static MYSQL_BIND time_param(MYSQL_TIME *time)
{
    return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_DATETIME, .buffer = time};
}

/* Answers */

static void answer(FCGX_Request *request, const char *body, size_t length)
{
    FCGX_FPrintF(request->out, "Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
                 (int)length);
    FCGX_PutStr(body, (int)length, request->out);
}

static void answer_not_found(FCGX_Request *request)
{
    FCGX_PutS("Status: 404 Not Found\r\nContent-Length: 0\r\n\r\n", request->out);
}

static void answer_json(FCGX_Request *request, json_t *object)
{
    char *body = json_dumps(object, JSON_COMPACT);

    answer(request, body, strlen(body));
    free(body);
    json_decref(object);
}

static json_t *json_of_id(const char id[ID_BYTES])
{
    char text[ID_TEXT_BYTES];

    put_id(text, id);
    return json_stringn(text, sizeof(text));
}

static json_t *json_of_time(const MYSQL_TIME *time)
{
    char text[TIME_TEXT_BYTES];

    put_time(text, time);
    return json_stringn(text, sizeof(text));
}

static json_t *json_of_text(const char *text, enum column column)
{
    return row.is_null[column] ? json_null() : json_stringn(text, row.lengths[column]);
}

static json_t *json_of_row(void)
{
    return json_pack("{so so so so so so sn sn so so}", "name", json_of_text(row.name, NAME), "description",
                     json_of_text(row.description, DESCRIPTION), "logo_url", json_of_text(row.logo_url, LOGO_URL), "id",
                     json_of_id(row.id), "created", json_of_time(&row.created), "updated", json_of_time(&row.updated),
                     "has_active_subscription", "trial_expiry", "owner_id", json_of_id(row.owner_id), "links",
                     row.is_null[LINKS] ? json_null() : json_loadb(row.links, row.lengths[LINKS], 0, NULL));
}

static void serve_get(FCGX_Request *request, char id[ID_BYTES])
{
    MYSQL_BIND param = id_param(id);

    execute(select_one, &param);
    if (mysql_stmt_fetch(select_one) == 0)
        answer_json(request, json_of_row());
    else
        answer_not_found(request);
    mysql_stmt_free_result(select_one);
}

/* A list, from each row straight into one buffer */

static char *put_text(char *out, const char *text, enum column column)
{
    if (row.is_null[column])
        return PUT_LITERAL(out, "null");
    *out++ = '"';
    for (const char *at = text, *end = text + row.lengths[column]; at < end; at++) {
        if (*at == '"' || *at == '\\')
            *out++ = '\\';
        if ((unsigned char)*at < 0x20)
            out += sprintf(out, "\\u%04x", *at);
        else
            *out++ = *at;
    }
    *out++ = '"';
    return out;
}

static char *put_row(char *out)
{
    out = put_text(PUT_LITERAL(out, "{\"name\":"), row.name, NAME);
    out = put_text(PUT_LITERAL(out, ",\"description\":"), row.description, DESCRIPTION);
    out = put_text(PUT_LITERAL(out, ",\"logo_url\":"), row.logo_url, LOGO_URL);
    out = put_id(PUT_LITERAL(out, ",\"id\":\""), row.id);
    out = put_time(PUT_LITERAL(out, "\",\"created\":\""), &row.created);
    out = put_time(PUT_LITERAL(out, "\",\"updated\":\""), &row.updated);
    out = PUT_LITERAL(out, "\",\"has_active_subscription\":null,\"trial_expiry\":null,\"owner_id\":\"");
    out = PUT_LITERAL(put_id(out, row.owner_id), "\",\"links\":");
    out = row.is_null[LINKS] ? PUT_LITERAL(out, "null") : put(out, row.links, row.lengths[LINKS]);
    *out++ = '}';
    return out;
}

static void serve_list(FCGX_Request *request, char account_id[ID_BYTES])
{
    static char buffer[LIST_BYTES];
    MYSQL_BIND param = id_param(account_id);
    char *out = buffer;

    execute(select_page, &param);
    *out++ = '[';
    while (mysql_stmt_fetch(select_page) == 0) {
        out = put_row(out);
        *out++ = ',';
    }
    mysql_stmt_free_result(select_page);
    out -= out[-1] == ',';
    *out++ = ']';
    answer(request, buffer, (size_t)(out - buffer));
}

/* An insertion */

/* A UUIDv7: milliseconds first, so that rows are added at the end of the table. */
static void new_id(char out[ID_BYTES], const struct timespec *now)
{
    uint64_t ms = (uint64_t)now->tv_sec * 1000 + (uint64_t)now->tv_nsec / 1000000;

    if (getrandom(out, ID_BYTES, 0) != ID_BYTES)
        die("id", "no random bytes");
    for (int i = 0; i < 6; i++)
        out[i] = (char)(ms >> (40 - 8 * i));
    out[6] = (char)((out[6] & 0x0f) | 0x70);
    out[8] = (char)((out[8] & 0x3f) | 0x80);
}

static MYSQL_TIME to_mysql_time(const struct timespec *now)
{
    struct tm utc;

    gmtime_r(&now->tv_sec, &utc);
    return (MYSQL_TIME){.year = (unsigned)utc.tm_year + 1900,
                        .month = (unsigned)utc.tm_mon + 1,
                        .day = (unsigned)utc.tm_mday,
                        .hour = (unsigned)utc.tm_hour,
                        .minute = (unsigned)utc.tm_min,
                        .second = (unsigned)utc.tm_sec,
                        .second_part = (unsigned long)now->tv_nsec / 1000,
                        .time_type = MYSQL_TIMESTAMP_DATETIME};
}

/* What most programs have: who did what, when and from where. */
static void audit(FCGX_Request *request, char id[ID_BYTES], char owner_id[ID_BYTES], const char *name,
                  const struct timespec *now, MYSQL_TIME *created)
{
    char audit_id[ID_BYTES];
    MYSQL_BIND params[] = {id_param(audit_id),
                           id_param(id),
                           id_param(owner_id),
                           text_param(name),
                           text_param(FCGX_GetParam("REMOTE_ADDR", request->envp)),
                           text_param(FCGX_GetParam("HTTP_USER_AGENT", request->envp)),
                           time_param(created)};

    new_id(audit_id, now);
    execute(insert_audit, params);
}

static void insert(FCGX_Request *request, bool is_audited, char id[ID_BYTES], char owner_id[ID_BYTES], const char *name,
                   const char *description, const struct timespec *now)
{
    MYSQL_TIME time = to_mysql_time(now);
    MYSQL_TIME *created = &time;
    MYSQL_BIND organization[] = {id_param(id),       text_param(name),    text_param(name),   text_param(description),
                                 id_param(owner_id), time_param(created), time_param(created)};
    MYSQL_BIND membership[] = {id_param(id), id_param(owner_id), time_param(created)};
    MYSQL_BIND account = id_param(owner_id);

    if (mysql_query(connection, "START TRANSACTION") != 0)
        die("starting", mysql_error(connection));
    /* First, since the foreign keys of the others lock this row as well: two of them would wait for each other. */
    execute(count_organization, &account);
    execute(insert_organization, organization);
    execute(insert_membership, membership);
    if (is_audited)
        audit(request, id, owner_id, name, now, created);
    if (mysql_commit(connection) != 0)
        die("committing", mysql_error(connection));
}

static void serve_insert(FCGX_Request *request, bool is_audited, char owner_id[ID_BYTES])
{
    char text[BODY_MAX];
    char id[ID_BYTES];
    struct timespec now;
    MYSQL_TIME created;
    json_t *body = json_loadb(text, (size_t)FCGX_GetStr(text, BODY_MAX, request->in), 0, NULL);

    clock_gettime(CLOCK_REALTIME, &now);
    created = to_mysql_time(&now);
    new_id(id, &now);
    insert(request, is_audited, id, owner_id, json_string_value(json_object_get(body, "name")),
           json_string_value(json_object_get(body, "description")), &now);
    answer_json(request,
                json_pack("{sO sO sn so so so sn sn so sn}", "name", json_object_get(body, "name"), "description",
                          json_object_get(body, "description"), "logo_url", "id", json_of_id(id), "created",
                          json_of_time(&created), "updated", json_of_time(&created), "has_active_subscription",
                          "trial_expiry", "owner_id", json_of_id(owner_id), "links"));
    json_decref(body);
}

static void serve(FCGX_Request *request)
{
    const char *path = FCGX_GetParam("PATH_INFO", request->envp);
    char id[ID_BYTES];

    if (path == NULL || strchr(path, '/') == NULL || !read_id(path, id))
        answer_not_found(request);
    else if (path[1] == 'g')
        serve_get(request, id);
    else if (path[1] == 'l')
        serve_list(request, id);
    else
        serve_insert(request, path[1] == 'a', id);
}

int main(void)
{
    FCGX_Request request;

    connect_database();
    if (FCGX_Init() != 0 || FCGX_InitRequest(&request, 0, 0) != 0)
        die("FastCGI", "no socket");
    while (FCGX_Accept_r(&request) == 0) {
        serve(&request);
        FCGX_Finish_r(&request);
    }
    return 0;
}
