/* Columns that are lists of what has an id and a name (named.h):
 *
 *     "SELECT …, " NAMED_COLUMN("e", "orgd_role_assignments s JOIN orgd_roles e ON e.id = s.role_id WHERE …")
 */
#ifndef ORGD_NAMED_SQL_H
#define ORGD_NAMED_SQL_H

/* Of each the id in 32 hexadecimal digits, and the name; one a line, by creation. `e` is the alias of the table
 * with the names. NULL if there are none. Names have no control characters, so that a line is one of them. */
#define NAMED_COLUMN(e, source)                                                                                        \
    "(SELECT GROUP_CONCAT(CONCAT(HEX(" e ".id), " e ".name) ORDER BY " e ".created, " e                                \
    ".id SEPARATOR '\\n') FROM " source ")"

#endif
