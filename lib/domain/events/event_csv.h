/* Events as CSV, for people who look at them in a spreadsheet: a row an event, a column for each member of its JSON,
 * and for each member of `actor`, `organization` and `context`. `targets` and `changes` stand in one cell each, as
 * JSON, so nothing is lost. No cell is a formula.
 *
 *     event_csv_write_heading(&out);
 *     event_csv_write(&out, &row);
 */
#ifndef ORGD_EVENT_CSV_H
#define ORGD_EVENT_CSV_H

#include "event_row.h"

/* Appends the first row, with the names of the columns. */
void event_csv_write_heading(struct buf *out);

/* Appends the event as a row. What is null in JSON is an empty cell. */
void event_csv_write(struct buf *out, const struct event_row *row);

#endif
