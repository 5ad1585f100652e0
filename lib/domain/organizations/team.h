/* Teams of an organization. A team holds roles, and its members have them.
 *
 *     struct team team;
 *
 *     if (team_get(call, &id, &team, err) < 0)
 *         return -1;
 *     team_write_json(out, &team);
 */
#ifndef ORGD_TEAM_H
#define ORGD_TEAM_H

#include <jansson.h>

#include "domain/access/listing.h"
#include "domain/precondition.h"
#include "holder.h"
#include "web/fields.h"
#include "web/paging.h"

/* Which members a POST or PATCH sent. */
struct team_given {
    bool name;
    bool description;
};

/* The values of a POST or PATCH. */
struct team_input {
    struct text name;
    struct text description;
    struct id organization_id;
    struct team_given given;
};

struct team_filter {
    struct text name_key; /* of the whole name; without data: of any */
    struct id user_id;    /* of a member; nil: anybody */
    struct text search;   /* a part of the name; likewise, the key of it */
    int64_t offset;
    int64_t limit;
    struct id after; /* start after this team; nil: at the beginning */
    bool include_total;
    struct paging_given given;
};

struct team_member_filter {
    struct id user_id; /* nil: any */
    struct id service_account_id;
    struct id invitation_id;
    int64_t offset;
    int64_t limit;
    struct id after; /* start after this member; nil: at the beginning */
    bool include_total;
    struct paging_given given;
};

#define TEAM_NAME_LENGTH_MAX 64

/* How many teams an organization has, and in how many of them one member is. */
#define TEAM_MAX 1000
#define TEAM_OF_MEMBER_MAX 100

/* An answer, one about a member, and what a POST's and a PATCH's body, and queries may hold. */
extern const struct model team_model;
extern const struct model team_member_model;
extern const struct model team_create_model;
extern const struct model team_update_model;
extern const struct field team_list_fields[];
extern const struct field team_member_list_fields[];
extern const struct field team_member_fields[];

/* Check a body (any JSON value) or a query. Faults go to call->faults. */
int team_input_for_create(const struct call *call, const json_t *body, struct team_input *out,
                          struct error *err) NODISCARD;
int team_input_for_update(const struct call *call, const json_t *body, struct team_input *out,
                          struct error *err) NODISCARD;
int team_filter_from_query(const struct call *call, const struct urlencoded *query, struct team_filter *out,
                           struct error *err) NODISCARD;
int team_member_filter_from_query(const struct call *call, const struct urlencoded *query,
                                  struct team_member_filter *out, struct error *err) NODISCARD;
/* Reads who is to be put into a team, or taken out of it: exactly one must be given. */
int team_member_from_query(const struct call *call, const struct urlencoded *query, struct holder *out,
                           struct error *err) NODISCARD;

/* Every operation fails with ERR_UNAUTHORIZED if the credential is not valid, ERR_NOT_FOUND if the caller may not see
 * the organization or there is no such team, and ERR_FORBIDDEN if the caller may see it but not do this. */

/* Write the page as a JSON list, and nothing else, into `out`. */
int team_list(const struct call *call, const struct id *organization_id, const struct team_filter *filter,
              struct buf *out, struct page *page, struct error *err) NODISCARD;
int team_member_list(const struct call *call, const struct id *team_id, const struct team_member_filter *filter,
                     struct buf *out, struct page *page, struct error *err) NODISCARD;

int team_get(const struct call *call, const struct id *id, struct team *out, struct error *err) NODISCARD;

/* Also fails with ERR_EXISTS, if the organization has a team of this name. */
int team_create(const struct call *call, const struct team_input *input, struct team *out, struct error *err) NODISCARD;

/* Also fails with ERR_EXISTS and ERR_PRECONDITION. */
int team_update(const struct call *call, const struct id *id, const struct team_input *input,
                const struct precondition *precondition, struct team *out, struct error *err) NODISCARD;

/* Also fails with ERR_PRECONDITION. Its members stay members of the organization, and lose what they had by the team.
 */
int team_delete(const struct call *call, const struct id *id, const struct precondition *precondition,
                struct error *err) NODISCARD;

/* Puts a member of the organization into the team, who has its roles from the next request, or an invitation, for who
 * accepts it. Also fails with ERR_FORBIDDEN for who is no member, and ERR_EXISTS. */
int team_member_add(const struct call *call, const struct id *team_id, const struct holder *holder,
                    struct holder_state *out, struct error *err) NODISCARD;

/* Takes a member out of the team. */
int team_member_remove(const struct call *call, const struct id *team_id, const struct holder *holder,
                       struct error *err) NODISCARD;

/* Writes the answer about a member of a team, as JSON. */
struct team_member {
    struct id team_id;
    struct id organization_id;
    struct account account; /* nil id: it is an invitation */
    struct invitation invitation;
    struct timestamp created;
};

void team_member_write_json(struct buf *out, const struct team_member *member, struct timestamp now);

#define TEAM_ETAG_SIZE 96
/* Returns the strong entity tag, with its quotes. */
void team_etag(const struct team *team, char out[TEAM_ETAG_SIZE]);

/* For operators */

struct team_summary {
    struct team team;
    struct text organization; /* its name */
    struct text roles;        /* that are assigned to it, by role_short_name(), one a line */
    int64_t mask;             /* what it gives its members */
    int64_t members;
};

/* Lists the teams of an organization in the order in which they were made, in the arena. Returns their number, or -1.
 */
int64_t team_summarize_all(const struct call *call, const struct id *organization_id, struct team_summary **out,
                           struct error *err) NODISCARD;

/* Finds a team by its id, or by its name in an organization. Fails with ERR_NOT_FOUND if there is none, or not in that
 * organization, and with ERR_VALIDATION for a name if `organization_id` is nil. */
int team_summarize(const struct call *call, const struct id *organization_id, const char *id_or_name,
                   struct team_summary *out, struct error *err) NODISCARD;

/* Lists who is in a team, by name, in the arena. Returns their number, or -1. */
int64_t team_member_list_all(const struct call *call, const struct id *team_id, struct account **out,
                             struct error *err) NODISCARD;

#endif
