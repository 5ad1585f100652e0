/* The proof that an address is the account's: a link that was mailed to it.
 *
 *     if (the address is another one)
 *         address_proof_plan(unit, call, &actor, &after);
 *     …
 *     if (address_proof_confirm(call, secret, err) < 0)
 *         return -1; */
#ifndef ORGD_ADDRESS_PROOF_H
#define ORGD_ADDRESS_PROOF_H

#include "domain/events/event.h"
#include "mailed_link.h"

/* Counts a mail to an address that the account says is its own. Fails with ERR_TOO_MANY. */
int address_proof_begin(const struct call *call, const struct id *account_id, struct error *err) NODISCARD;

/* Adds the mail with the link to a transaction that writes or locks the account, and the event. */
void address_proof_plan(struct db_unit *unit, const struct call *call, const struct event_actor *actor,
                        const struct account *account);

/* Confirms the address: uses the link up, and the address counts from now on. Fails like mailed_link_open(), and with
 * ERR_EXISTS if another account has verified the same address; that is noted as a refusal, and the link stays. */
int address_proof_confirm(const struct call *call, struct text secret, struct error *err) NODISCARD;

#endif
