#include "name.h"

#include <string.h>

#include "base/text.h"

struct text name_key(struct arena *arena, struct text name)
{
    return text_is_utf8(name) ? text_key(arena, name) : TEXT("");
}

static const char *fault_of_key(struct text key)
{
    struct id id;

    if (key.length == 0)
        return "a name has characters that can be seen";
    if (text_equal(key, TEXT(".")) || text_equal(key, TEXT("..")))
        return "a name is more than one or two dots";
    return id_parse(key, &id) ? "a name may not look like a UUID" : NULL;
}

static const char *fault_of(struct text name, struct text key)
{
    if (text_has_control(name))
        return "a name has no control characters";
    if (text_has_bidi_control(name))
        return "a name has no characters that change the direction of writing";
    if (text_has_unassigned(name))
        return "a name has no characters that Unicode does not know";
    if (text_has_outer_space(name))
        return "a name does not start or end with white space";
    return fault_of_key(key);
}

const struct field_complaint *name_check(struct arena *arena, struct text name)
{
    struct field_complaint *complaint = arena_zalloc(arena, sizeof(*complaint));
    struct text key = text_key(arena, name);

    complaint->message = fault_of(name, key);
    if (complaint->message == NULL && key.length > NAME_KEY_BYTES_MAX) {
        complaint->type = "string_too_long";
        complaint->message = arena_printf(
            arena, "String should have at most %d bytes in the form by which names are compared", NAME_KEY_BYTES_MAX);
        complaint->context = arena_printf(arena, "{\"max_length\":%d}", NAME_KEY_BYTES_MAX);
    }
    return complaint->message == NULL ? NULL : complaint;
}

const struct field_complaint *name_check_line(struct arena *arena, struct text line)
{
    static const struct field_complaint complaint = {.message = "no control characters are allowed here"};

    (void)arena;
    return text_has_control(line) ? &complaint : NULL;
}

int name_accept(struct arena *arena, struct text given, size_t maximum, struct name *out, struct error *err)
{
    const struct field_complaint *complaint;
    size_t length;

    out->text = text_is_utf8(given) ? text_nfc(arena, given) : TEXT("");
    length = text_length(out->text);
    if (length < 1 || length > maximum)
        return error_set(err, ERR_VALIDATION, "a name must have 1 to %zu characters, in UTF-8", maximum);
    complaint = name_check(arena, out->text);
    if (complaint != NULL)
        return error_set(err, ERR_VALIDATION, "%s", complaint->message);
    out->key = text_key(arena, out->text);
    return 0;
}

/* Ranges */

/* U+10FFFF. No key has it, since no name has what Unicode does not know, and none has more. */
#define BEHIND_ALL TEXT("\xf4\x8f\xbf\xbf")
/* What follows a key at once is the key with a NUL. No name has that, either. */
#define NEXT TEXT("\0")

static struct text join(struct arena *arena, struct text start, struct text end)
{
    struct text joined = {arena_alloc(arena, start.length + end.length + 1), start.length + end.length};
    char *data = (char *)joined.data;

    memcpy(data, start.data, start.length);
    memcpy(data + start.length, end.data, end.length + 1);
    return joined;
}

static bool is_before(struct text a, struct text b)
{
    size_t common = a.length < b.length ? a.length : b.length;
    int order = memcmp(a.data, b.data, common);

    return order < 0 || (order == 0 && a.length < b.length);
}

struct name_range name_range_of(struct arena *arena, struct text beginning)
{
    return (struct name_range){beginning, join(arena, beginning, BEHIND_ALL)};
}

static void start_at(struct name_range *range, struct text key)
{
    if (is_before(range->from, key))
        range->from = key;
}

void name_range_keep_only(struct arena *arena, struct name_range *range, struct text key)
{
    start_at(range, key);
    name_range_end_before(range, join(arena, key, NEXT));
}

void name_range_start_behind(struct arena *arena, struct name_range *range, struct text key)
{
    start_at(range, join(arena, key, NEXT));
}

void name_range_end_before(struct name_range *range, struct text key)
{
    if (is_before(key, range->end))
        range->end = key;
}
