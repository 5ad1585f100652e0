/* The roles of an organization: those of the system, which exist in each and cannot be changed, and those that were
 * made there.
 *
 *     struct any_role role;
 *
 *     if (role_get(call, &id, &role, err) < 0)
 *         return -1;
 *     role_write_json(out, &role);
 */
#ifndef ORGD_ROLE_H
#define ORGD_ROLE_H

#include <jansson.h>

#include "domain/access/listing.h"
#include "domain/precondition.h"
#include "web/fields.h"
#include "web/paging.h"

struct any_role {
    struct id id;
    struct id organization_id;
    enum role system; /* ROLE_NONE: it was made in the organization */
    struct text name;
    struct text description;
    int64_t mask; /* its permissions, or the bit of a role of the system */
    int64_t revision;
    struct timestamp created;
    struct timestamp updated;
};

/* Which members a POST or PATCH sent. */
struct role_given {
    bool name;
    bool description;
    bool permissions;
};

/* The values of a POST or PATCH. */
struct role_input {
    struct text name;
    struct text description;
    struct id organization_id;
    struct field_list permissions; /* as they were read; `mask` is what they mean */
    int64_t mask;
    struct role_given given;
};

struct role_filter {
    struct text name_key; /* of the whole name; without data: of any */
    struct id user_id;    /* nil: anybody, like the next one */
    struct id team_id;
    bool system_managed; /* if given */
    struct text level;   /* without data: any */
    bool assigned_to_current_user;
    int64_t offset;
    int64_t limit;
    struct id after; /* start after this role; nil: at the beginning */
    bool include_total;
    struct {
        bool system_managed;
    } given_filter;
    struct paging_given given;
};

#define ROLE_NAME_LENGTH_MAX 64

/* How many roles an organization makes, and how many of them one member or team has. What a member holds is made anew
 * of all of them when one changes. */
#define ROLE_MAX 1000
#define ROLE_OF_HOLDER_MAX 100

/* An answer, and what a POST's and a PATCH's body, a list's query and a deletion's may hold. */
extern const struct model role_model;
extern const struct model role_create_model;
extern const struct model role_update_model;
extern const struct field role_list_fields[];
extern const struct field role_delete_fields[];

/* Check a body (any JSON value) or a query. Faults go to call->faults. */
int role_input_for_create(const struct call *call, const json_t *body, struct role_input *out,
                          struct error *err) NODISCARD;
int role_input_for_update(const struct call *call, const json_t *body, struct role_input *out,
                          struct error *err) NODISCARD;
int role_filter_from_query(const struct call *call, const struct urlencoded *query, struct role_filter *out,
                           struct error *err) NODISCARD;
int role_force_from_query(const struct call *call, const struct urlencoded *query, bool *force,
                          struct error *err) NODISCARD;

/* Every operation fails with ERR_UNAUTHORIZED if the credential is not valid, ERR_NOT_FOUND if the caller may not see
 * the organization or there is no such role, and ERR_FORBIDDEN if the caller may see it but not do this. */

/* Writes the page as a JSON list, and nothing else, into `out`. */
int role_list(const struct call *call, const struct id *organization_id, const struct role_filter *filter,
              struct buf *out, struct page *page, struct error *err) NODISCARD;

int role_get(const struct call *call, const struct id *id, struct any_role *out, struct error *err) NODISCARD;

/* Also fails with ERR_EXISTS, if the organization or the system has a role of this name. */
int role_create(const struct call *call, const struct role_input *input, struct any_role *out,
                struct error *err) NODISCARD;

/* Also fails with ERR_EXISTS and ERR_PRECONDITION. Counts for all who have the role with the next request. */
int role_update(const struct call *call, const struct id *id, const struct role_input *input,
                const struct precondition *precondition, struct any_role *out, struct error *err) NODISCARD;

/* Also fails with ERR_PRECONDITION, and with ERR_EXISTS while somebody has the role: an account that has not ended, a
 * team, or an invitation that can be accepted. With `force` it is taken away from all first; whose last role it was is
 * no member any more. */
int role_delete(const struct call *call, const struct id *id, bool force, const struct precondition *precondition,
                struct error *err) NODISCARD;

/* Writes the response model, as JSON. */
void role_write_json(struct buf *out, const struct any_role *role);

/* Writes what somebody has, as a JSON list of ids and names: the system's roles as ROLE_BIT()s, and those that were
 * made in the organization as lines (named.h). */
void roles_write_json(struct buf *out, const struct id *organization_id, int64_t system_roles, struct text roles_made);

#define ROLE_ETAG_SIZE 96
/* Returns the strong entity tag, with its quotes. */
void role_etag(const struct any_role *role, char out[ROLE_ETAG_SIZE]);

/* For operators */

struct role_summary {
    struct any_role role;
    struct text organization; /* its name */
    int64_t members;          /* to whom the role itself is assigned; what they have by teams does not count */
    int64_t teams;
};

/* Returns what orgctl calls a role: of the system's role_name(), else its name. */
struct text role_short_name(const struct any_role *role);

/* Lists the roles of an organization, the system's first, in the arena. Returns their number, or -1. */
int64_t role_summarize_all(const struct call *call, const struct id *organization_id, struct role_summary **out,
                           struct error *err) NODISCARD;

/* Finds a role by its id, or by its name in an organization; the system's also by their short names, which come before
 * others. Fails with ERR_NOT_FOUND if there is none, or not in that organization, and with ERR_VALIDATION for a name if
 * `organization_id` is nil. */
int role_summarize(const struct call *call, const struct id *organization_id, const char *id_or_name,
                   struct role_summary *out, struct error *err) NODISCARD;

#endif
