/* The turn of a process to hash a password: few of a host do so at a time, and in breaks, so that others' requests do
 * not wait for the processor.
 *
 *     if (hashing_begin(call, err) < 0)
 *         return -1;
 *     hash = password_hash(call->arena, password);
 *     hashing_end(call); */
#ifndef ORGD_HASHING_H
#define ORGD_HASHING_H

#include "domain/call.h"

/* Fails with ERR_BUSY, and a sentence for the person, if it is the turn of others. */
int hashing_begin(const struct call *call, struct error *err) NODISCARD;
void hashing_end(const struct call *call);

#endif
