#include "db/db_schema.h"
#include "http/handlers.h"
#include "http/models.h"

static const char *const states[] = {"ok", "ready", NULL};
static const char *const gateways[] = {"FastCGI", "CGI", NULL};

static const struct field fields[] = {
    {.name = "status", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .values = states, .description = "All is well."},
    {.name = "version", .type = FIELD_TEXT, .description = "The program's version."},
    {.name = "gateway",
     .type = FIELD_TEXT,
     .values = gateways,
     .description = "How the web server runs the program; with CGI, a process for each request."},
    {.name = NULL},
};

const struct model health_model = {"Health", fields, .example = "{\"status\":\"ok\"}"};

int handle_health(struct exchange *exchange, struct error *err)
{
    struct buf *out = &exchange->response->body;

    (void)err;
    buf_add_literal(out, "{\"status\":\"ok\",\"version\":\"" PACKAGE_VERSION "\",\"gateway\":\"");
    buf_add_string(out, exchange->service->gateway);
    buf_add_literal(out, "\"}");
    return 0;
}

int handle_ready(struct exchange *exchange, struct error *err)
{
    if (db_schema_check(exchange->service->db, err) < 0)
        return err->kind == ERR_FORBIDDEN
                   ? error_set(err, ERR_UNAVAILABLE, "The database has another schema than this version needs.")
                   : -1;
    buf_add_literal(&exchange->response->body, "{\"status\":\"ready\"}");
    return 0;
}
