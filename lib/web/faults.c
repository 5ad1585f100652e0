#include "faults.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/jsonw.h"
#include "base/text.h"

/* Faults repeat the client's input, escaped and up to a few times. So this is far above the largest body, but
 * bounded. */
#define FAULTS_MAXIMUM ((size_t)32 * 1024 * 1024)
#define KEEP_BYTES ((size_t)64 * 1024)

void faults_init(struct faults *faults)
{
    buf_init(&faults->json, FAULTS_MAXIMUM);
    faults->count = 0;
}

void faults_reset(struct faults *faults)
{
    buf_reset(&faults->json, KEEP_BYTES);
    faults->count = 0;
}

void faults_release(struct faults *faults)
{
    buf_release(&faults->json);
}

static void add_location(struct buf *out, const struct location *location)
{
    if (location->parent != NULL) {
        add_location(out, location->parent);
        buf_add_char(out, ',');
    }
    if (location->name != NULL)
        jsonw_string(out, location->name);
    else
        buf_add_int(out, (int64_t)location->index);
}

void faults_add(struct faults *faults, const char *type, const struct location *location, const char *message,
                const json_t *input, const char *context)
{
    struct buf *out = &faults->json;

    if (faults->count++ > 0)
        buf_add_char(out, ',');
    buf_add_literal(out, "{\"type\":");
    jsonw_string(out, type);
    buf_add_literal(out, ",\"loc\":[");
    add_location(out, location);
    buf_add_literal(out, "],\"msg\":");
    jsonw_string(out, message);
    buf_add_literal(out, ",\"input\":");
    if (input == NULL)
        buf_add_literal(out, "null");
    else
        jsonw_value(out, input);
    if (context != NULL) {
        buf_add_literal(out, ",\"ctx\":");
        buf_add_string(out, context);
    }
    buf_add_char(out, '}');
}

json_t *faults_input(struct text text)
{
    return text_is_utf8(text) ? json_stringn(text.data, text.length) : NULL;
}

void faults_add_value_error(struct faults *faults, const struct location *location, const char *sentence,
                            const json_t *input)
{
    char message[512];
    struct buf context;

    snprintf(message, sizeof(message), "Value error, %s", sentence);
    buf_init(&context, sizeof(message));
    buf_add_literal(&context, "{\"error\":");
    jsonw_string(&context, sentence);
    buf_add_char(&context, '}');
    faults_add(faults, "value_error", location, message, input, context.data);
    buf_release(&context);
}

int faults_result(const struct faults *faults, struct error *err)
{
    if (faults->count == 0)
        return 0;
    if (faults->json.overflowed)
        return error_set(err, ERR_INTERNAL, "The input has more faults than can be listed.");
    return error_set(err, ERR_VALIDATION, "The input has %u fault%s.", faults->count, faults->count == 1 ? "" : "s");
}
