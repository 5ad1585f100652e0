/* Organizations: the rules of the API in terms of callers and values, without HTTP.
 *
 *     bool with_subscription = true;
 *     struct organization organization;
 *
 *     if (organization_get(call, TEXT("Acme"), &with_subscription, &organization, err) < 0)
 *         return -1;
 *     organization_write_json(out, &organization, with_subscription, call->now); */
#ifndef ORGD_ORGANIZATION_H
#define ORGD_ORGANIZATION_H

#include <jansson.h>

#include "domain/call.h"
#include "domain/precondition.h"
#include "organization.def"
#include "web/fields.h"
#include "web/paging.h"

struct organization {
#define FIELD(member, type, use) ORGANIZATION_TYPE_##type member;
#define SUBSCRIPTION()
#define ORGANIZATION_TYPE_TEXT struct text
#define ORGANIZATION_TYPE_JSON struct text
#define ORGANIZATION_TYPE_ID struct id
#define ORGANIZATION_TYPE_TIME struct timestamp
#define ORGANIZATION_TYPE_INT int64_t
#define ORGANIZATION_TYPE_ENUM int64_t
    ORGANIZATION_FIELDS(FIELD, SUBSCRIPTION)
#undef FIELD
#undef SUBSCRIPTION
};

/* Which members a POST or PATCH sent. */
struct organization_given {
    bool id;
    bool name;
    bool description;
    bool logo_url;
    bool links;
    bool owner_id;
};

/* The values of a POST or PATCH. */
struct organization_input {
    struct organization value; /* the members that are given */
    struct field_list links;   /* as they were read; `value.links` is their text */
    struct organization_given given;
};

enum organization_order {
    ORGANIZATION_BY_CREATED,
    ORGANIZATION_BY_CREATED_DOWN, /* the newest first */
    ORGANIZATION_BY_NAME,         /* by its key, as bytes */
    ORGANIZATION_BY_NAME_DOWN,
    ORGANIZATION_ORDERS
};

/* What is compared are keys. What links show is the text of a filter: its key, or what was sent if that is shorter. */
struct organization_filter {
    struct text name_key; /* of the whole name; without data: of any */
    struct text search;
    struct text search_key; /* of what the name begins with; likewise */
    struct id owner_id;
    struct text owner_username;
    struct text owner_key; /* of the owner's user name; likewise */
    struct text order_by;
    enum organization_order order;
    int64_t offset;
    int64_t limit;
    struct id after; /* start after this organization; nil: at the beginning */
    struct text after_name;
    struct text after_key; /* by name: start after this key; without data: at the beginning */
    bool include_total;
    bool include_subscription_status;
    struct paging_given given;
};

struct organization_page {
    size_t count; /* how many organizations are on the page */
    bool has_more;
    struct text next; /* what `after` is for the next page: the id or the name of the last of them */
    int64_t total;    /* how many match the filters, on all pages; if asked for */
};

/* An answer, and what a POST's and a PATCH's body, a list's query and a single organization's query may hold. */
extern const struct model organization_model;
extern const struct model organization_create_model;
extern const struct model organization_update_model;
extern const struct field organization_list_fields[];
extern const struct field organization_get_fields[];
#define ORGANIZATION_SUBSCRIPTION_STATUS                                                                               \
    {                                                                                                                  \
        .name = "include_subscription_status", .type = FIELD_BOOL, .flags = FIELD_HAS_DEFAULT,                         \
        FIELD_AT(struct organization_filter, include_subscription_status),                                             \
        .description = "Fill has_active_subscription and trial_expiry, where the caller has subscription:read."        \
    }

/* Finds the order that a text names: created, name, or one of them behind a `-`. */
bool organization_order_parse(struct text text, enum organization_order *out);
bool organization_order_is_by_name(enum organization_order order);

/* Check a POST or PATCH body (any JSON value), the query of a list, and that of a single organization's GET. Faults go
 * to call->faults. */
int organization_input_for_create(const struct call *call, const json_t *body, struct organization_input *out,
                                  struct error *err) NODISCARD;
int organization_input_for_update(const struct call *call, const json_t *body, struct organization_input *out,
                                  struct error *err) NODISCARD;
int organization_filter_from_query(const struct call *call, const struct urlencoded *query,
                                   struct organization_filter *out, struct error *err) NODISCARD;
int organization_include_from_query(const struct call *call, const struct urlencoded *query,
                                    bool *include_subscription_status, struct error *err) NODISCARD;

/* Every operation fails with ERR_UNAUTHORIZED if the credential is not valid, ERR_NOT_FOUND if the caller may not see
 * the organization, and ERR_FORBIDDEN if the caller may see it but not do this. */

/* Writes the page as a JSON list, and nothing else, into `out`. */
int organization_list(const struct call *call, const struct organization_filter *filter, struct buf *out,
                      struct organization_page *page, struct error *err) NODISCARD;

/* Reads one organization. An `id_or_name` in the form of a UUID is an id, everything else a name.
 * *include_subscription_status becomes false if the caller lacks subscription:read; a list leaves the status out then,
 * too. */
int organization_get(const struct call *call, struct text id_or_name, bool *include_subscription_status,
                     struct organization *out, struct error *err) NODISCARD;

/* Also fails with ERR_LIMIT, ERR_EXISTS, and ERR_VALIDATION at body.owner_id. */
int organization_create(const struct call *call, const struct organization_input *input, struct organization *out,
                        struct error *err) NODISCARD;

/* Also fails with ERR_PRECONDITION, ERR_LIMIT, ERR_EXISTS, and ERR_VALIDATION at body.owner_id. An update that changes
 * nothing leaves `updated` and `revision` as they are. */
int organization_update(const struct call *call, const struct id *id, const struct organization_input *input,
                        const struct precondition *precondition, struct organization *out, struct error *err) NODISCARD;

/* Also fails with ERR_PRECONDITION. Deletes everything that belongs to the organization. */
int organization_delete(const struct call *call, const struct id *id, const struct precondition *precondition,
                        struct error *err) NODISCARD;

/* Writes the response model, as JSON. */
void organization_write_json(struct buf *out, const struct organization *organization, bool include_subscription_status,
                             struct timestamp now);

#define ORGANIZATION_ETAG_SIZE 96
/* Returns the strong entity tag, with its quotes. The variant with the subscription status has a `;` and more. */
void organization_etag(const struct organization *organization, bool include_subscription_status, struct timestamp now,
                       char out[ORGANIZATION_ETAG_SIZE]);

/* An organization as orgctl shows it. */
struct organization_summary {
    struct organization organization;
    struct text owner;
    int64_t members;
};

/* For operators: the organization of that id or name (ERR_NOT_FOUND); and all of them, or those whose names begin with
 * something (NULL: with anything), in the arena, in an order; their number or -1. */
int organization_summarize(const struct call *call, const char *id_or_name, struct organization_summary *out,
                           struct error *err) NODISCARD;
int64_t organization_summarize_all(const struct call *call, const char *beginning, enum organization_order order,
                                   struct organization_summary **out, struct error *err) NODISCARD;

#endif
