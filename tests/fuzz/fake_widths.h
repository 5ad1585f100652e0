/* What MariaDB would refuse as an error of ours: texts that are none, or that a column is too narrow for. */
#ifndef ORGD_FAKE_WIDTHS_H
#define ORGD_FAKE_WIDTHS_H

#include "db/db_statement.h"

/* Aborts if there is such a parameter, or one that the params lack. Returns the number of parameters. */
size_t fake_widths_check(const struct db_statement *statement, const void *params);

#endif
