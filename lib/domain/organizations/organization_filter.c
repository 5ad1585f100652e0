/* The query of a list. */
#include "organization.h"

#include <string.h>

#include "base/text.h"
#include "domain/name.h"

/* By the value of enum organization_order. */
static const char *const orders[] = {"created", "-created", "name", "-name", NULL};

const struct field organization_list_fields[] = {
    {.name = "name",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct organization_filter, name_key),
     .description = "The whole name, without regard to case."},
    {.name = "search",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct organization_filter, search),
     .description = "What the name begins with, without regard to case. A letter counts with its accents."},
    PAGING_OFFSET(struct organization_filter),
    PAGING_LIMIT(struct organization_filter),
    {.name = "owner_id",
     .type = FIELD_ID,
     FIELD_AT(struct organization_filter, owner_id),
     .description = "Only those of this owner."},
    {.name = "owner_username",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct organization_filter, owner_username),
     .description = "Only those of this owner. The whole user name, without regard to case."},
    {.name = "order_by",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT(struct organization_filter, order_by),
     .values = orders,
     .description = "By created, which is the default, or by name; with - in front the other way round."},
    {.name = "after",
     .type = FIELD_TEXT,
     .maximum = FIELD_UNBOUNDED,
     FIELD_AT_GIVEN(struct organization_filter, after_name, given.after),
     .description = "Start after the organization with this id; by name after this name, whether there is one or not. "
                    "Costs the same at any depth. Not together with offset."},
    PAGING_INCLUDE_TOTAL(struct organization_filter),
    ORGANIZATION_SUBSCRIPTION_STATUS,
    {.name = NULL},
};

/* What `after` is where the order is not that of names. */
static const struct field after_id_fields[] = {
    PAGING_AFTER(struct organization_filter, "organization"),
    {.name = NULL},
};

bool organization_order_parse(struct text text, enum organization_order *out)
{
    for (size_t i = 0; orders[i] != NULL; i++) {
        if (text_equal(text, text_of(orders[i]))) {
            *out = (enum organization_order)i;
            return true;
        }
    }
    return false;
}

bool organization_order_is_by_name(enum organization_order order)
{
    return order == ORGANIZATION_BY_NAME || order == ORGANIZATION_BY_NAME_DOWN;
}

/* Returns the key of a text, which becomes its key as well unless it is shorter: a link has room for what is short. */
static struct text key_of(struct arena *arena, struct text *text)
{
    struct text key = text->data == NULL ? *text : name_key(arena, *text);

    if (key.length <= text->length)
        *text = key;
    return key;
}

static void read_after(const struct urlencoded *query, const struct call *call, struct organization_filter *filter)
{
    if (organization_order_is_by_name(filter->order))
        filter->after_key = key_of(call->arena, &filter->after_name);
    else if (filter->given.after)
        fields_from_query(after_id_fields, query, call->arena, filter, call->faults);
}

int organization_filter_from_query(const struct call *call, const struct urlencoded *query,
                                   struct organization_filter *out, struct error *err)
{
    *out = (struct organization_filter){.order = ORGANIZATION_BY_CREATED};
    paging_from_query(organization_list_fields, query, call->arena, out, call->faults);
    organization_order_parse(out->order_by, &out->order);
    read_after(query, call, out);
    out->name_key = key_of(call->arena, &out->name_key);
    out->search_key = key_of(call->arena, &out->search);
    out->owner_key = key_of(call->arena, &out->owner_username);
    return faults_result(call->faults, err);
}
