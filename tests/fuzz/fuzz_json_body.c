/* Any bytes as the body of a POST or PATCH: parsed, checked against the fields of an organization, and what comes out
 * held against what the rest of the program relies on. What is written as JSON must be read as what it was. */
#include <assert.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/text.h"
#include "domain/organizations/organization.h"
#include "fuzz.h"
#include "web/body.h"

#define JSON_MAXIMUM ((size_t)16 * 1024 * 1024)

static void check_value(struct text text, size_t most)
{
    if (text.data == NULL)
        return;
    assert(text_is_utf8(text) && text_length(text) >= 1 && text_length(text) <= most);
    assert(text.data[text.length] == '\0');
}

/* The writers of values and of texts; where the value is a text, both write the same. */
static void check_writers(const json_t *root)
{
    struct buf written;
    json_t *again;

    buf_init(&written, JSON_MAXIMUM);
    jsonw_value(&written, root);
    again = json_loadb(written.data, written.length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert(again != NULL && json_equal((json_t *)root, again));
    json_decref(again);
    buf_reset(&written, JSON_MAXIMUM);
    jsonw_text(&written, (struct text){json_string_value(root), json_string_length(root)});
    again = json_loadb(written.data, written.length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert(again != NULL && (json_is_string(root) ? json_equal((json_t *)root, again) : json_is_null(again)));
    json_decref(again);
    buf_release(&written);
}

static void check_member(const json_t *object, const char *name, struct text expected)
{
    const json_t *value = json_object_get(object, name);

    if (expected.data == NULL)
        assert(json_is_null(value));
    else
        assert(json_is_string(value) &&
               text_equal((struct text){json_string_value(value), json_string_length(value)}, expected));
}

/* An organization of these values, as answers carry it. */
static void check_organization(const struct organization_input *input)
{
    struct organization organization = input->value;
    struct buf written;
    json_t *again;

    buf_init(&written, JSON_MAXIMUM);
    organization_write_json(&written, &organization, true, (struct timestamp){0});
    again = json_loadb(written.data, written.length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    assert(json_object_size(again) == 10);
    check_member(again, "name", input->value.name);
    check_member(again, "description", input->value.description);
    check_member(again, "logo_url", input->value.logo_url);
    assert(json_is_array(json_object_get(again, "links")) == (input->value.links.data != NULL));
    json_decref(again);
    buf_release(&written);
}

static void check_input(struct arena *arena, const struct organization_input *input)
{
    check_value(input->value.name, 50);
    check_value(input->value.description, 256);
    check_value(input->value.logo_url, 2048);
    if (input->value.name.data != NULL) {
        assert(text_equal(text_nfc(arena, input->value.name), input->value.name));
        assert(!text_has_control(input->value.name) && !text_has_outer_space(input->value.name));
    }
    if (input->value.links.data != NULL) {
        json_t *links = json_loadb(input->value.links.data, input->value.links.length, JSON_ALLOW_NUL, NULL);

        assert(json_array_size(links) == input->links.count);
        json_decref(links);
    }
    check_organization(input);
}

/* Faults repeat the input, so they must be JSON whatever that was. */
static void check_faults(struct arena *arena, const struct faults *faults)
{
    const char *list = arena_printf(arena, "[%s]", faults->json.data);
    json_t *parsed = json_loads(list, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

    assert(faults->count > 0 && json_array_size(parsed) == faults->count);
    json_decref(parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    struct faults faults;
    struct call call = {.arena = arena, .faults = &faults};
    struct text body = {arena_strndup(arena, (const char *)data, size), size};
    struct organization_input input;
    struct error err;
    json_t *root;

    faults_init(&faults);
    if (body_parse(arena, body, &faults, &root, &err) < 0) {
        check_faults(arena, &faults);
    } else {
        check_writers(root);
        if (organization_input_for_create(&call, root, &input, &err) == 0)
            check_input(arena, &input);
        else
            check_faults(arena, &faults);
        faults_reset(&faults);
        if (organization_input_for_update(&call, root, &input, &err) == 0)
            check_input(arena, &input);
        else
            check_faults(arena, &faults);
    }
    faults_release(&faults);
    arena_close(arena);
    return 0;
}
