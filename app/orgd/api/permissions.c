#include "domain/access/access.h"
#include "http/handlers.h"
#include "http/models.h"

static const struct field fields[] = {
    {.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "resource:action"},
    {.name = "description", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .description = "What it lets do."},
    {.name = NULL},
};

const struct model permission_model = {
    "Permission", fields, .example = "{\"name\":\"organization:read\",\"description\":\"See the organization.\"}"};

/* The list is the same for everybody, so it is text already. */
int handle_list_permissions(struct exchange *exchange, struct error *err)
{
    static const char items[] =
#define PERMISSION(number, constant, name, roles, sentence) ",{\"name\":\"" name "\",\"description\":\"" sentence "\"}"
#include "domain/access/permissions.def"
#undef PERMISSION
        ;
    struct buf *body = &exchange->response->body;
    struct principal caller;

    if (access_identify(&exchange->call, &caller, err) < 0)
        return -1;
    buf_add_char(body, '[');
    buf_add(body, items + 1, sizeof(items) - 2); /* no comma before the first */
    buf_add_char(body, ']');
    return 0;
}
