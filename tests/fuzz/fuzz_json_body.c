/* Any bytes as the body of a POST or PATCH: parsed, checked against the fields of an organization, and what comes out
 * held against what the rest of the program relies on. Run as `tests/fuzz/fuzz_json_body -max_len=4096
 * CORPUS_DIRECTORY`. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "domain/org.h"
#include "web/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(struct text text, size_t most)
{
    if (text.data == NULL)
        return;
    assert(text_is_utf8(text) && text_length(text) >= 1 && text_length(text) <= most);
    assert(text.data[text.length] == '\0');
}

static void check_input(struct arena *arena, const struct org_input *input)
{
    check_value(input->name, 50);
    check_value(input->description, 256);
    check_value(input->logo_url, 2048);
    if (input->name.data != NULL) {
        assert(text_equal(text_nfc(arena, input->name), input->name));
        assert(!text_has_control(input->name) && !text_has_outer_space(input->name));
    }
    if (input->links.data != NULL) {
        json_t *links = json_loadb(input->links.data, input->links.length, JSON_ALLOW_NUL, NULL);

        assert(json_array_size(links) == input->links_list.count);
        json_decref(links);
    }
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
    struct org_call call = {.arena = arena, .faults = &faults};
    struct text body = {arena_strndup(arena, (const char *)data, size), size};
    struct org_input input;
    struct error err;
    json_t *root;

    faults_init(&faults);
    if (body_parse(arena, body, &faults, &root, &err) < 0) {
        check_faults(arena, &faults);
    } else {
        if (org_input_for_create(&call, root, &input, &err) == 0)
            check_input(arena, &input);
        else
            check_faults(arena, &faults);
        faults_reset(&faults);
        if (org_input_for_update(&call, root, &input, &err) == 0)
            check_input(arena, &input);
        else
            check_faults(arena, &faults);
    }
    faults_release(&faults);
    arena_close(arena);
    return 0;
}
