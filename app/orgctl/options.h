/* Options that become members of a JSON body, which the domain then checks as it checks what the API takes.
 *
 *     if (options_add(in, member_options, body, err) < 0 ||
 *         options_check(in, member_options, body, create, &wanted, err) < 0)
 *         return -1;
 */
#ifndef ORGCTL_OPTIONS_H
#define ORGCTL_OPTIONS_H

#include <jansson.h>

#include "command.h"

/* Sets a member of a body to a text, or to the JSON that it is; an empty one is null. Returns false if it is not JSON,
 * or not UTF-8. */
bool options_set(json_t *body, const char *member, bool is_json, const char *text);

/* Which member of the body an option sets. A NULL option ends a table of these. */
struct member_option {
    const char *option;
    const char *member;
    bool is_json;     /* the value is JSON, not text */
    const char *form; /* of JSON: what it must be, with an example */
};

/* Adds to the body what the options say; an empty one is null. Fails with ERR_VALIDATION. */
int options_add(const struct invocation *in, const struct member_option *table, json_t *body,
                struct error *err) NODISCARD;

/* Adds the argument of the command as the member `name`. Fails with ERR_VALIDATION if it is not UTF-8. */
int options_add_name(const struct invocation *in, json_t *body, struct error *err) NODISCARD;

/* Adds the id of the organization that --organization names, as the member `organization_id`. */
int options_add_organization(const struct invocation *in, json_t *body, struct error *err) NODISCARD;

/* Calls `use` with the body, and a call that collects faults. The faults become one sentence, in which they are named
 * by their options, or by the members' names where `table` is NULL: ERR_VALIDATION. */
int options_check(const struct invocation *in, const struct member_option *table, const json_t *body,
                  int (*use)(const struct call *call, const json_t *body, void *context, struct error *err),
                  void *context, struct error *err) NODISCARD;

#endif
