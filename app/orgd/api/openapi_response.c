#include "openapi_response.h"

#include "base/buf.h"
#include "domain/events/event_csv.h"
#include "openapi_schema.h"

#define EXAMPLE_BYTES_MAX 4096

json_t *openapi_content(const char *media_type, json_t *schema, json_t *example)
{
    return json_pack("{s:{s:o, s:o*}}", media_type, "schema", schema, "example", example);
}

json_t *openapi_content_with(json_t *schema, json_t *examples)
{
    return json_pack("{s:{s:o, s:o}}", "application/json", "schema", schema, "examples", examples);
}

static json_t *content_of_text(const char *media_type, const char *example)
{
    return openapi_content(media_type, json_pack("{s:s}", "type", "string"), json_string(example));
}

json_t *openapi_content_of_page(void)
{
    return content_of_text("text/html", "<!DOCTYPE html>…");
}

json_t *openapi_response_of(const char *description, json_t *content)
{
    json_t *response = json_pack("{s:s, s:{s:o}}", "description", description, "headers", "X-Request-Id",
                                 schema_reference("headers", "X-Request-Id"));

    if (content != NULL)
        json_object_set_new(response, "content", content);
    return response;
}

static void add_header(json_t *response, const char *name)
{
    json_object_set_new(json_object_get(response, "headers"), name, schema_reference("headers", name));
}

static json_t *content_of_metrics(void)
{
    return content_of_text("application/openmetrics-text",
                           "# TYPE orgd_workers gauge\n# HELP orgd_workers Workers that are alive.\n"
                           "orgd_workers 4\n# EOF\n");
}

/* What a list of events may be instead, as a file. */
static void add_files(json_t *content, const struct model *model)
{
    CLEANUP(buf_release) struct buf heading;
    CLEANUP(buf_release) struct buf line;

    buf_init(&heading, EXAMPLE_BYTES_MAX);
    buf_init(&line, EXAMPLE_BYTES_MAX);
    event_csv_write_heading(&heading);
    buf_printf(&line, "%s\n", model->example);
    json_object_update_new(content, content_of_text("text/csv", heading.data));
    json_object_update_new(content, content_of_text("application/jsonl", line.data));
    json_object_update_new(content, content_of_text("application/x-ndjson", line.data));
}

static json_t *content_of_answer(const struct route_answer *answer)
{
    json_t *schema;
    json_t *example;
    json_t *content;

    if (answer->flags & ANSWER_EMPTY)
        return NULL;
    if (answer->flags & ANSWER_METRICS)
        return content_of_metrics();
    if (answer->model == NULL)
        return openapi_content_of_page();
    schema = schema_of_model(answer->model);
    example = schema_example(answer->model->example);
    if (answer->flags & ANSWER_LIST) {
        schema = json_pack("{s:s, s:o}", "type", "array", "items", schema);
        example = json_pack("[o]", example);
    }
    content = openapi_content("application/json", schema, example);
    if (answer->flags & ANSWER_FILE)
        add_files(content, answer->model);
    if (answer->flags & ANSWER_OR_PAGE)
        json_object_update_new(content, openapi_content_of_page());
    return content;
}

json_t *openapi_response_of_answer(const struct route_answer *answer)
{
    static const struct {
        unsigned flag;
        const char *name;
    } headers[] = {
        {ANSWER_PAGE, "Link"},
        {ANSWER_PAGE, "X-Total-Count"},
        {ANSWER_ETAG, "ETag"},
        {ANSWER_LOCATION, "Location"},
        {ANSWER_CONTENT_LOCATION, "Content-Location"},
        {ANSWER_REPLAYED, "Idempotency-Replayed"},
        {ANSWER_FILE, "Content-Disposition"},
        {ANSWER_RETRY_AFTER, "Retry-After"},
    };
    json_t *response = openapi_response_of(answer->description, content_of_answer(answer));

    for (size_t i = 0; i < ARRAY_LENGTH(headers); i++)
        if (answer->flags & headers[i].flag)
            add_header(response, headers[i].name);
    return response;
}

void openapi_add_headers(json_t *response, enum error_kind kind)
{
    if (error_status(kind) == 401)
        add_header(response, "WWW-Authenticate");
    if (kind == ERR_UNAVAILABLE || kind == ERR_TOO_MANY || kind == ERR_IN_PROGRESS)
        add_header(response, "Retry-After");
    if (kind == ERR_METHOD)
        add_header(response, "Allow");
}

void openapi_set_response(json_t *responses[OPENAPI_STATUS_END], int status, json_t *response)
{
    if (responses[status] == NULL)
        responses[status] = response;
    else
        json_decref(response);
}
