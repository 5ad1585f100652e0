/* When credentials were used last, to the hour. The program notes it when the answer has been sent, so that no request
 * waits for it:
 *
 *     use_note(&call, uses, &actor.credential_id);
 */
#ifndef ORGD_USE_H
#define ORGD_USE_H

#include "domain/call.h"
#include "process/hourly.h"

/* Notes that the credential was used now. Once an hour it writes a row, if no process and no other host has; else it
 * costs nothing. Keys, personal tokens and grants have such rows; of anything else it does nothing. If the database
 * does not take it, logs that and waits for a minute before it tries again. */
void use_note(const struct call *call, struct hourly *uses, const struct id *credential_id);

#endif
