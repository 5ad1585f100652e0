/* Lists of what has an id and a name, such as roles and teams, as one column of a row (named_sql.h).
 *
 *     named_write_json(out, row->roles);  {"id": …, "name": …},{"id": …, "name": …}
 */
#ifndef ORGD_NAMED_H
#define ORGD_NAMED_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/text.h"

/* Returns the list with another entry at its end, in the arena. */
struct text named_append(struct arena *arena, struct text lines, const struct id *id, struct text name);

/* Returns the list with those entries of `more` behind it whose ids it does not have, in the arena. */
struct text named_union(struct arena *arena, struct text lines, struct text more);

/* Writes the objects of a JSON list that has been opened. */
void named_write_json(struct buf *out, struct text lines);

/* Writes one of them. */
void named_write_one(struct buf *out, const struct id *id, struct text name);

/* Returns the names with the separator between them, behind `names` if that has data, in the arena. */
struct text named_join(struct arena *arena, struct text names, const char *separator, struct text lines);

#endif
