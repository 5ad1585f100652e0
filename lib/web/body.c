#include "body.h"

#include <string.h>

#include "base/jsonr.h"
#include "base/jsonw.h"

void body_fault(struct faults *faults, size_t position, const char *sentence)
{
    json_t *nothing = json_object();
    struct buf context;

    buf_init(&context, 4096);
    buf_add_literal(&context, "{\"error\":");
    jsonw_string(&context, sentence);
    buf_add_char(&context, '}');
    faults_add(faults, "json_invalid", LOCATION_AT(LOCATION("body"), position), "JSON decode error", nothing,
               context.data);
    buf_release(&context);
    json_decref(nothing);
}

/* The recursion is bounded: it stops one level below the limit. */
static bool is_deeper_than(const json_t *value, int levels)
{
    const char *key;
    json_t *member;
    size_t index;

    if (!json_is_object(value) && !json_is_array(value))
        return false;
    if (levels == 0)
        return true;
    json_object_foreach((json_t *)value, key, member)
    {
        if (is_deeper_than(member, levels - 1))
            return true;
    }
    json_array_foreach(value, index, member)
    {
        if (is_deeper_than(member, levels - 1))
            return true;
    }
    return false;
}

/* Returns jansson's message without the excerpt of the input, which may be cut inside a character. */
static const char *plain_message(json_error_t *error)
{
    char *excerpt = strstr(error->text, " near '");

    if (excerpt != NULL)
        *excerpt = '\0';
    for (char *at = error->text; *at != '\0'; at++)
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    return error->text;
}

static void release_json(void *object)
{
    json_decref(object);
}

int body_parse(struct arena *arena, struct text body, struct faults *faults, json_t **out, struct error *err)
{
    json_error_t error;
    json_t *root;

    if (body.length == 0) {
        faults_add(faults, "missing", LOCATION("body"), "Field required", NULL, NULL);
        return faults_result(faults, err);
    }
    root = jsonr_parse(body, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (root == NULL) {
        body_fault(faults, error.position < 0 ? 0 : (size_t)error.position, plain_message(&error));
        return faults_result(faults, err);
    }
    arena_defer(arena, release_json, root);
    /* A body of null is a missing body. */
    if (json_is_null(root)) {
        faults_add(faults, "missing", LOCATION("body"), "Field required", NULL, NULL);
        return faults_result(faults, err);
    }
    if (is_deeper_than(root, BODY_DEPTH_MAXIMUM)) {
        body_fault(faults, 0, "nested deeper than 32 levels");
        return faults_result(faults, err);
    }
    *out = root;
    return 0;
}
