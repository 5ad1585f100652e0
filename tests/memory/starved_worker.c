/* A worker without a socket: it reads requests from its standard input, a JSON object a line, serves each while the
 * allocations fail that the line names, and writes what became of it as another line.
 *
 *   in:   {"environment": ["NAME=value", ...], "body": "...", "first": 3, "lastingly": false, "reconnects": false,
 *          "looks_for_leaks": false}
 *   out:  {"output": "...", "allocations": 120, "place": "library function+0x1234", "reserve": 0, "leaks": false}
 *
 * `first` 0: none fails. `reconnects`: the request finds a new connection, on which no statement has been prepared yet.
 * libfcgi is left out, which reads and writes around dispatch(): it asserts that it gets
 * the memory it asks for. */
#include <curl/curl.h>
#include <jansson.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/orgd/http/dispatch.h"
#include "base/jsonr.h"
#include "base/log.h"
#include "base/memory.h"
#include "db/db_private.h"
#include "failing_malloc.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

/* Connector/C forgets memory of its own where reading a result's columns fails half-way. All other tests look for leaks
 * without this exception. */
const char *__lsan_default_suppressions(void); /* NOLINT: the name is LeakSanitizer's */

const char *__lsan_default_suppressions(void)
{
    return "leak:libmariadb.so\n";
}

struct body {
    const char *data;
    size_t length;
};

static bool has_leaks(void)
{
#ifdef __SANITIZE_ADDRESS__
    return __lsan_do_recoverable_leak_check() != 0;
#else
    return false;
#endif
}

static int read_body(void *handle, char *out, int size)
{
    struct body *body = handle;
    size_t length = body->length < (size_t)size ? body->length : (size_t)size;

    memcpy(out, body->data, length);
    body->data += length;
    body->length -= length;
    return (int)length;
}

/* The environment, in memory of its own, as libfcgi would have it. */
static char **make_environment(const json_t *list)
{
    char **environment = calloc(json_array_size(list) + 1, sizeof(*environment));

    for (size_t i = 0; i < json_array_size(list); i++)
        environment[i] = strdup(json_string_value(json_array_get(list, i)));
    return environment;
}

static void free_environment(char **environment)
{
    for (size_t i = 0; environment[i] != NULL; i++)
        free(environment[i]);
    free(environment);
}

static void reconnect(struct db *db)
{
    struct error err;

    db_disconnect(db);
    if (db_connect(db, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
}

/* Returns how many allocations were asked for. */
static long serve(struct service *service, const json_t *request)
{
    char **environment = make_environment(json_object_get(request, "environment"));
    const char *body_text = json_string_value(json_object_get(request, "body"));
    struct body body = {.data = body_text == NULL ? "" : body_text};
    struct exchange exchange;
    long count;

    body.length = strlen(body.data);
    if (json_is_true(json_object_get(request, "reconnects")))
        reconnect(service->db);
    failing_malloc_arm((long)json_integer_value(json_object_get(request, "first")),
                       json_is_true(json_object_get(request, "lastingly")));
    exchange_begin(&exchange, service, environment, (struct http_body_source){.read = read_body, .handle = &body});
    dispatch(&exchange);
    exchange_end(&exchange);
    count = failing_malloc_disarm();
    free_environment(environment);
    return count;
}

static void report(const struct service *service, long count, bool has_leaks)
{
    json_t *report =
        json_pack("{s:o, s:I, s:s?, s:I, s:b}", "output", json_stringn(service->out.data, service->out.length),
                  "allocations", (json_int_t)count, "place", failing_malloc_place(), "reserve",
                  (json_int_t)memory_reserve_used(), "leaks", has_leaks);

    json_dumpf(report, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(report);
}

static void serve_all(struct service *service)
{
    json_t *request;

    while ((request = json_loadf(stdin, JSON_DISABLE_EOF_CHECK, NULL)) != NULL) {
        long count = serve(service, request);
        bool looks_for_leaks = json_is_true(json_object_get(request, "looks_for_leaks"));

        report(service, count, looks_for_leaks && has_leaks());
        json_decref(request);
    }
}

int main(int argc, char **argv)
{
    struct arena *arena = arena_open();
    struct service service;
    struct config config;
    struct error err;

    jsonr_prepare();
    curl_global_init(CURL_GLOBAL_NOTHING);
    mysql_library_init(0, NULL, NULL);
    if (argc != 2 || config_read(argv[1], arena, &config, &err) < 0 ||
        log_open("orgd", config.log, config.log_threshold, &err) < 0 || service_open(&service, &config, &err) < 0) {
        fprintf(stderr, "%s\n", argc == 2 ? err.message : "usage: starved_worker CONFIG");
        return 2;
    }
    serve_all(&service);
    service_close(&service);
    arena_close(arena);
    mysql_library_end();
    curl_global_cleanup();
    return 0;
}
