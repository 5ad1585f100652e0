#include "name.h"

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
