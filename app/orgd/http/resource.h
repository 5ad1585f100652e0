/* What the handlers of a resource share: its id, the body of a change, and conditional requests (RFC 9110, 13).
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

/* Parses the JSON body, as body_parse() does. */
int resource_read_body(const struct exchange *exchange, json_t **out, struct error *err) NODISCARD;

/* Reads a parameter of the path, the first being 0, that must be an id. For anything else it adds a fault at
 * path.`name`, which faults_result() reports, and leaves `out` alone. */
void resource_read_id(const struct exchange *exchange, size_t parameter, const char *name, struct id *out);

/* The condition of If-Match, for the domain to ask inside of its transaction. */
struct precondition resource_precondition(const struct exchange *exchange);

/* Adds the ETag of what the response's body shows. Where If-None-Match holds it, the response becomes a 304. */
void resource_add_etag(struct exchange *exchange, const char *etag);

#endif
