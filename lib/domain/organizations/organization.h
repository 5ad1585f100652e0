/* Organizations: the rules of the API, in terms of callers and values. No HTTP here. */
#ifndef ORGD_ORGANIZATION_H
#define ORGD_ORGANIZATION_H

#include <jansson.h>

#include "base/arena.h"
#include "db/db.h"
#include "domain/access/permissions.h"
#include "domain/call.h"
#include "domain/config.h"
#include "domain/precondition.h"
#include "web/fields.h"

/* In the order of the ENUM organizations.subscription_status, which numbers from 1. */
enum subscription_status { SUBSCRIPTION_NONE, SUBSCRIPTION_TRIALING, SUBSCRIPTION_ACTIVE, SUBSCRIPTION_CANCELED };

struct organization {
    struct id id;
    struct text name;
    struct text name_key; /* filled when it is written */
    struct text description;
    struct text logo_url;
    struct text links; /* the JSON text of the list */
    struct id owner_id;
    enum subscription_status subscription_status;
    struct timestamp trial_end;
    int64_t revision; /* goes up with each change */
    struct timestamp created;
    struct timestamp updated;
};

/* The values of a POST or PATCH; the bits of `given` say which were sent. */
struct org_input {
    uint64_t given;
    struct id id;
    struct text name;
    struct text description;
    struct text logo_url;
    struct field_list links_list;
    struct text links;
    struct id owner_id;
};

enum org_given {
    ORG_GIVEN_NAME = 1 << 0,
    ORG_GIVEN_DESCRIPTION = 1 << 1,
    ORG_GIVEN_LOGO_URL = 1 << 2,
    ORG_GIVEN_LINKS = 1 << 3,
    ORG_GIVEN_OWNER_ID = 1 << 4,
    ORG_GIVEN_ID = 1 << 5,
};

struct org_filter {
    struct text name; /* the whole name, without regard to case */
    struct id owner_id;
    struct text owner_username;
    int64_t offset;
    int64_t limit;
    struct id after; /* start behind this organization; nil: at the first */
    bool include_total;
    bool include_subscription_status;
};

struct org_page {
    size_t count;
    bool has_more;
    struct id last; /* of the organizations on the page */
    int64_t total;  /* of the filters, without regard to the page; if asked for */
};

/* An answer, and what a POST's and a PATCH's body, a list's query and a single organization's query may hold. */
extern const struct model org_model;
extern const struct model org_create_model;
extern const struct model org_update_model;
extern const struct field org_list_fields[];
extern const struct field org_get_fields[];

/* Checks a POST or PATCH body (any JSON value) and a list's query; faults go to call->faults. */
int org_input_for_create(const struct call *call, const json_t *body, struct org_input *out,
                         struct error *err) NODISCARD;
int org_input_for_update(const struct call *call, const json_t *body, struct org_input *out,
                         struct error *err) NODISCARD;
int org_filter_from_query(const struct call *call, const struct urlencoded *query, struct org_filter *out,
                          struct error *err) NODISCARD;
/* Reads the query of a single organization's GET. */
int org_include_from_query(const struct call *call, const struct urlencoded *query, bool *include_subscription_status,
                           struct error *err) NODISCARD;

/* Every operation fails with ERR_UNAUTHORIZED if the credential does not count, ERR_NOT_FOUND if the caller may not see
 * the organization, and ERR_FORBIDDEN if it may see it but not do this to it. */

/* Writes the page as a JSON list; `out` holds nothing else. */
int org_list(const struct call *call, const struct org_filter *filter, struct buf *out, struct org_page *page,
             struct error *err) NODISCARD;

/* `id_or_name`: what reads as a UUID is an id, anything else a name. */
int org_get(const struct call *call, struct text id_or_name, struct organization *out, struct error *err) NODISCARD;

/* Also ERR_LIMIT, ERR_EXISTS, and ERR_VALIDATION at body.owner_id. */
int org_create(const struct call *call, const struct org_input *input, struct organization *out,
               struct error *err) NODISCARD;

/* Also ERR_PRECONDITION, ERR_LIMIT, ERR_EXISTS, and ERR_VALIDATION at body.owner_id. An update that changes nothing
 * leaves `updated` and `revision` alone. */
int org_update(const struct call *call, const struct id *id, const struct org_input *input,
               const struct precondition *precondition, struct organization *out, struct error *err) NODISCARD;

/* Also ERR_PRECONDITION. What belongs to the organization goes with it. */
int org_delete(const struct call *call, const struct id *id, const struct precondition *precondition,
               struct error *err) NODISCARD;

/* Fails with ERR_UNAUTHORIZED unless the credential counts: for requests that are refused for another reason. */
int org_authenticate(const struct call *call, struct principal *out, struct error *err) NODISCARD;

/* True while in trial or billed. */
bool org_has_active_subscription(const struct organization *organization, struct timestamp now);

/* Whole seconds until the trial ends, or -1 if it is not in trial. */
int64_t org_trial_expiry(const struct organization *organization, struct timestamp now);

/* The response model, as JSON. */
void org_write_json(struct buf *out, const struct organization *organization, bool include_subscription_status,
                    struct timestamp now);

#define ORG_ETAG_SIZE 96
/* The strong entity tag, quotes included. With the subscription status in it, a variant is told after a `;`. */
void org_etag(const struct organization *organization, bool include_subscription_status, struct timestamp now,
              char out[ORG_ETAG_SIZE]);

#endif
