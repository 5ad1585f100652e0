/* What the handlers of a resource share: its id, the body of a change, conditional requests (RFC 9110, 13), and pages
 * of a list.
 *
 *     resource_read_id(exchange, 0, "team_id", &id);
 *     if (resource_read_body(exchange, &body, err) < 0 || team_update(&exchange->call, &id, body, &condition, ...) < 0)
 *         return -1;
 *     team_write_json(&exchange->response->body, &team);
 *     resource_add_etag(exchange, etag);
 */
#ifndef ORGD_RESOURCE_H
#define ORGD_RESOURCE_H

#include <jansson.h>

#include "domain/precondition.h"
#include "exchange.h"
#include "web/paging.h"

/* Parses the JSON body like body_parse(). */
int resource_read_body(const struct exchange *exchange, json_t **out, struct error *err) NODISCARD;

/* Reads a parameter of the path as an id; the first parameter is 0. If it is not an id, adds a fault at path.`name`,
 * which faults_result() reports, and leaves `out` alone. */
void resource_read_id(const struct exchange *exchange, size_t parameter, const char *name, struct id *out);

/* Returns the condition of If-Match and If-None-Match, which the domain checks within its transaction. */
struct precondition resource_precondition(const struct exchange *exchange);

/* Adds the ETag of the resource in the response's body. If If-None-Match contains it, the response becomes a 304. */
void resource_add_etag(struct exchange *exchange, const char *etag);

/* Adds what a list says of its page besides the items: Link to the next one, and X-Total-Count if it was asked for.
 * `table` is that of the query, `filter` what it was read into, and `path` where the list is, below the mount. */
void resource_add_page(const struct exchange *exchange, const struct field *table, const void *filter, const char *path,
                       const struct page *page);

#endif
