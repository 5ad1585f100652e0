/* Deletes expired rows: sessions, grants, codes and counted attempts.
 *
 *     purge_now_and_then(call);
 */
#ifndef ORGD_PURGE_H
#define ORGD_PURGE_H

#include "domain/call.h"

/* Deletes some of the rows that expired a day ago, in one of eight calls. Call it where strangers can make rows. Logs a
 * failure. */
void purge_now_and_then(const struct call *call);

#endif
