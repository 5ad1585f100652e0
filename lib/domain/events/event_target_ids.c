#include "event_target_ids.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/jsonr.h"
#include "base/text.h"

#define TARGETS_MAX 64

static int compare_ids(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct id));
}

bool event_target_ids_write(struct text targets, struct buf *out)
{
    CLEANUP(json_decrefp) json_t *list = jsonr_parse(targets, JSON_ALLOW_NUL, NULL);
    struct id ids[TARGETS_MAX] = {0};
    size_t count = 0;
    json_t *target;
    size_t index;

    json_array_foreach(list, index, target)
    {
        const json_t *value = json_object_get(target, "id");

        if (json_is_string(value) && count < TARGETS_MAX)
            count += id_parse(text_of(json_string_value(value)), &ids[count]);
    }
    qsort(ids, count, sizeof(ids[0]), compare_ids);
    for (size_t i = 0; i < count; i++)
        for (size_t octet = 0; (i == 0 || !id_equal(&ids[i], &ids[i - 1])) && octet < sizeof(ids[i].bytes); octet++)
            buf_printf(out, "%02X", ids[i].bytes[octet]);
    return json_is_array(list);
}
